//! The documented order of deletion (section 1.4), one kind after the other, until nothing is left.

use std::time::Duration;

use serde_json::json;

use super::person::Person;
use crate::row::Row;
use crate::service::Service;

/// Kinds in the order in which they go. Stacks go when what lives in their networks has gone, with what is theirs.
const ORDER: [&str; 26] = [
    "AWS::SageMaker::MonitoringSchedule",
    "AWS::SageMaker::TrainingJob",
    "AWS::SageMaker::NotebookInstance",
    "AWS::SageMaker::InferenceComponent",
    "AWS::SageMaker::Endpoint",
    "AWS::SageMaker::EndpointConfig",
    "AWS::SageMaker::Model",
    "AWS::SageMaker::App",
    "AWS::SageMaker::Space",
    "AWS::SageMaker::UserProfile",
    "AWS::SageMaker::Domain",
    "AWS::EFS::AccessPoint",
    "AWS::EFS::MountTarget",
    "AWS::EFS::FileSystem",
    "AWS::EC2::Instance",
    "AWS::EC2::NatGateway",
    "AWS::EC2::InternetGateway",
    "rules",
    "AWS::EC2::VPCEndpoint",
    "AWS::EC2::NetworkInterface",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::Subnet",
    "AWS::EC2::NetworkAcl",
    "AWS::CloudFormation::Stack",
    "AWS::EC2::VPC",
    "AWS::IAM::Role",
];
/// How long one kind may take. An endpoint's creation and its interfaces' tails are the longest.
const PATIENCE: u32 = 360;
const PAUSE: Duration = Duration::from_secs(20);

/// Deletes everything that is anybody's, and returns what would not go.
pub(super) fn drain(person: &mut Person) -> Vec<Row> {
    for kind in ORDER {
        for _ in 0..PATIENCE {
            let rows = left(person, kind);
            if rows.is_empty() {
                break;
            }
            for row in &rows {
                ask(person, kind, row);
            }
            person.wait(PAUSE);
        }
    }
    person.world.environment_rows().into_values().collect()
}

/// What of a kind is still to go. Interfaces of services go with their owners; a VPC's own parts go with it.
fn left(person: &mut Person, kind: &str) -> Vec<Row> {
    if kind == "rules" {
        let groups = person.rows_of("AWS::EC2::SecurityGroup");
        return groups
            .into_iter()
            .filter(|group| has_rules(person, &group.id))
            .collect();
    }
    let mut rows = person.rows_of(kind);
    if kind.starts_with("AWS::EC2::") {
        rows.retain(|row| row.stack.is_none());
    }
    let ec2 = &person.world.region(&Person::place()).ec2;
    match kind {
        "AWS::EC2::SecurityGroup" => rows.retain(|row| {
            let group = ec2.groups.get(&row.id);
            group.is_some_and(|group| !group.is_default())
        }),
        "AWS::EC2::NetworkAcl" => rows.retain(|row| {
            let acl = ec2.network_acls.get(&row.id);
            acl.is_some_and(|acl| !acl.default)
        }),
        "AWS::EC2::NetworkInterface" => rows.retain(|row| {
            let interface = ec2.interfaces.get(&row.id);
            interface.is_some_and(|interface| interface.kind == "interface")
        }),
        _ => {}
    }
    rows
}

fn has_rules(person: &mut Person, group: &str) -> bool {
    let groups = &person.world.region(&Person::place()).ec2.groups;
    groups
        .get(group)
        .is_some_and(|group| !group.rules.is_empty())
}

fn ask(person: &mut Person, kind: &str, row: &Row) {
    let pieces: Vec<&str> = row.id.split('/').collect();
    let (service, action, input) = match kind {
        "rules" => return revoke(person, &row.id),
        "AWS::EC2::NetworkInterface" => return remove_interface(person, &row.id),
        "AWS::EC2::InternetGateway" => return remove_gateway(person, &row.id),
        "AWS::EC2::NetworkAcl" => return remove_acl(person, &row.id),
        "AWS::CloudFormation::Stack" => return delete_stack(person, &row.id),
        "AWS::SageMaker::NotebookInstance" => return remove_notebook(person, row),
        "AWS::SageMaker::TrainingJob" => return end_job(person, row),
        "AWS::SageMaker::MonitoringSchedule" => (
            Service::SageMaker,
            "DeleteMonitoringSchedule",
            json!({"MonitoringScheduleName": row.id}),
        ),
        "AWS::EFS::AccessPoint" => (
            Service::Efs,
            "DeleteAccessPoint",
            json!({"AccessPointId": row.id}),
        ),
        "AWS::EC2::Instance" => (
            Service::Ec2,
            "TerminateInstances",
            json!({"InstanceId": [row.id]}),
        ),
        "AWS::EC2::NatGateway" => (
            Service::Ec2,
            "DeleteNatGateway",
            json!({"NatGatewayId": row.id}),
        ),
        "AWS::SageMaker::App" => (
            Service::SageMaker,
            "DeleteApp",
            json!({"DomainId": pieces[0], "SpaceName": pieces[1], "AppType": pieces[2], "AppName": pieces[3]}),
        ),
        "AWS::SageMaker::Space" => (
            Service::SageMaker,
            "DeleteSpace",
            json!({"DomainId": pieces[0], "SpaceName": pieces[1]}),
        ),
        "AWS::SageMaker::UserProfile" => (
            Service::SageMaker,
            "DeleteUserProfile",
            json!({"DomainId": pieces[0], "UserProfileName": pieces[1]}),
        ),
        "AWS::SageMaker::Domain" => (
            Service::SageMaker,
            "DeleteDomain",
            json!({"DomainId": row.id}),
        ),
        "AWS::SageMaker::InferenceComponent" => (
            Service::SageMaker,
            "DeleteInferenceComponent",
            json!({"InferenceComponentName": row.id}),
        ),
        "AWS::SageMaker::Endpoint" => (
            Service::SageMaker,
            "DeleteEndpoint",
            json!({"EndpointName": row.id}),
        ),
        "AWS::SageMaker::EndpointConfig" => (
            Service::SageMaker,
            "DeleteEndpointConfig",
            json!({"EndpointConfigName": row.id}),
        ),
        "AWS::SageMaker::Model" => (
            Service::SageMaker,
            "DeleteModel",
            json!({"ModelName": row.id}),
        ),
        "AWS::EFS::MountTarget" => (
            Service::Efs,
            "DeleteMountTarget",
            json!({"MountTargetId": row.id}),
        ),
        "AWS::EFS::FileSystem" => (
            Service::Efs,
            "DeleteFileSystem",
            json!({"FileSystemId": row.id}),
        ),
        "AWS::EC2::VPCEndpoint" => (
            Service::Ec2,
            "DeleteVpcEndpoints",
            json!({"VpcEndpointId": [row.id]}),
        ),
        "AWS::EC2::SecurityGroup" => (
            Service::Ec2,
            "DeleteSecurityGroup",
            json!({"GroupId": row.id}),
        ),
        "AWS::EC2::Subnet" => (Service::Ec2, "DeleteSubnet", json!({"SubnetId": row.id})),
        "AWS::EC2::VPC" => (Service::Ec2, "DeleteVpc", json!({"VpcId": row.id})),
        "AWS::IAM::Role" => (Service::Iam, "DeleteRole", json!({"RoleName": row.id})),
        other => panic!("{other} has no deletion here"),
    };
    person.ask(service, action, &input);
}

/// A notebook instance is stopped before it goes.
fn remove_notebook(person: &mut Person, row: &Row) {
    let name = json!({"NotebookInstanceName": row.id});
    let verb = if row.status == "InService" {
        "Stop"
    } else {
        "Delete"
    };
    let action = format!("{verb}NotebookInstance");
    person.ask(Service::SageMaker, &action, &name);
}

/// A job is stopped; one that has ended and keeps its instances lets go of them.
fn end_job(person: &mut Person, row: &Row) {
    let mut input = json!({"TrainingJobName": row.id});
    if row.status == "InProgress" {
        person.ask(Service::SageMaker, "StopTrainingJob", &input);
    } else {
        input["ResourceConfig"] = json!({"KeepAlivePeriodInSeconds": 0});
        person.ask(Service::SageMaker, "UpdateTrainingJob", &input);
    }
}

fn revoke(person: &mut Person, group: &str) {
    use crate::ec2::groups::Direction;
    for (direction, action) in [
        (Direction::Ingress, "RevokeSecurityGroupIngress"),
        (Direction::Egress, "RevokeSecurityGroupEgress"),
    ] {
        let groups = &person.world.region(&Person::place()).ec2.groups;
        let rules = groups
            .get(group)
            .into_iter()
            .flat_map(|group| group.rules.values());
        let rules: Vec<String> = rules
            .filter(|rule| rule.direction == direction)
            .map(|rule| rule.id.clone())
            .collect();
        if !rules.is_empty() {
            let input = json!({"GroupId": group, "SecurityGroupRuleId": rules});
            person.ask(Service::Ec2, action, &input);
        }
    }
}

fn remove_interface(person: &mut Person, id: &str) {
    let interfaces = &person.world.region(&Person::place()).ec2.interfaces;
    let attachment = interfaces
        .get(id)
        .and_then(|interface| interface.attachment.as_ref());
    if let Some(attachment) = attachment.map(|attachment| attachment.id.clone()) {
        let input = json!({"AttachmentId": attachment, "Force": "true"});
        person.ask(Service::Ec2, "DetachNetworkInterface", &input);
    }
    person.ask(
        Service::Ec2,
        "DeleteNetworkInterface",
        &json!({"NetworkInterfaceId": id}),
    );
}

/// A gateway comes off its VPC before it goes.
fn remove_gateway(person: &mut Person, id: &str) {
    let gateways = &person.world.region(&Person::place()).ec2.gateways;
    let vpc = gateways.get(id).and_then(|gateway| gateway.vpc_id.clone());
    let input = json!({"InternetGatewayId": id});
    if let Some(vpc) = vpc {
        let both = json!({"InternetGatewayId": id, "VpcId": vpc});
        person.ask(Service::Ec2, "DetachInternetGateway", &both);
    }
    person.ask(Service::Ec2, "DeleteInternetGateway", &input);
}

/// Subnets that are still there, which are a stack's, get the ACL back that their VPC came with.
fn remove_acl(person: &mut Person, id: &str) {
    let ec2 = &person.world.region(&Person::place()).ec2;
    let Some(acl) = ec2.network_acls.get(id) else {
        return;
    };
    let default = ec2.default_acl(&acl.vpc_id).map(|acl| acl.id.clone());
    let associations: Vec<String> = acl.associations.values().cloned().collect();
    for association in associations {
        let input = json!({"AssociationId": association, "NetworkAclId": default});
        person.ask(Service::Ec2, "ReplaceNetworkAclAssociation", &input);
    }
    let input = json!({"NetworkAclId": id});
    person.ask(Service::Ec2, "DeleteNetworkAcl", &input);
}

/// A stack that could not be deleted is deleted without what failed in it and is gone.
fn delete_stack(person: &mut Person, arn: &str) {
    let state = &person.world.region(&Person::place()).cloudformation;
    let stack = state.find(arn);
    let members = stack.into_iter().flat_map(|stack| &stack.members);
    let failed: Vec<(String, String)> = members
        .filter(|(_, member)| member.status == "DELETE_FAILED")
        .map(|(logical, member)| (logical.clone(), member.physical.replace('|', "/")))
        .collect();
    let there = person.world.environment_rows();
    let gone = failed
        .iter()
        .filter(|(_, id)| !there.values().any(|row| row.id == *id));
    let gone: Vec<&String> = gone.map(|(logical, _)| logical).collect();
    let mut input = json!({"StackName": arn});
    if !gone.is_empty() {
        input["RetainResources"] = json!(gone);
    }
    person.ask(Service::CloudFormation, "DeleteStack", &input);
}
