//! Somebody who does things at random: each step is drawn from the seed, whether or not AWS would refuse it.

mod look;
mod work;

use std::time::Duration;

use serde_json::{Value, json};

use super::person::Person;
use crate::draw;
use crate::scenario::Scenario;
use crate::service::{ACCOUNT, Service};

const NETWORK: &str = "
Parameters: {Second: {Type: String, Default: 'yes'}}
Conditions: {Two: !Equals [!Ref Second, 'yes']}
Resources:
  Vpc: {Type: 'AWS::EC2::VPC', Properties: {CidrBlock: 10.0.0.0/16}}
  One: {Type: 'AWS::EC2::Subnet', Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24, AvailabilityZone: us-east-1a}}
  Two: {Type: 'AWS::EC2::Subnet', Condition: Two, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24, AvailabilityZone: us-east-1b}}
  Group: {Type: 'AWS::EC2::SecurityGroup', Properties: {VpcId: !Ref Vpc, GroupDescription: apps}}
Outputs:
  Vpc: {Value: !Ref Vpc, Export: {Name: vpc}}
  One: {Value: !Ref One, Export: {Name: one}}
  Group: {Value: !GetAtt Group.GroupId, Export: {Name: group}}
";
const STUDIO: &str = "
Parameters: {Landing: {Type: String, Default: 'studio::'}, Named: {Type: String, Default: bound}}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties: {AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Principal: {Service: sagemaker.amazonaws.com}, Action: 'sts:AssumeRole'}]}}
  Domain:
    Type: AWS::SageMaker::Domain
    Properties:
      DomainName: !Ref Named
      AuthMode: IAM
      AppNetworkAccessType: VpcOnly
      VpcId: !ImportValue vpc
      SubnetIds: [!ImportValue one]
      DefaultUserSettings:
        ExecutionRole: !GetAtt Role.Arn
        SecurityGroups: [!ImportValue group]
        DefaultLandingUri: !Ref Landing
        StudioWebPortal: ENABLED
  Profile:
    Type: AWS::SageMaker::UserProfile
    Properties: {DomainId: !Ref Domain, UserProfileName: alice}
";
const STACKS: [(&str, &str); 2] = [("network", NETWORK), ("studio", STUDIO)];
const ROLE: &str = "walker";

/// Kinds that can be deleted by a call of their own, with it.
const DELETIONS: [(&str, Service, &str, &str); 20] = [
    (
        "AWS::SageMaker::InferenceComponent",
        Service::SageMaker,
        "DeleteInferenceComponent",
        "InferenceComponentName",
    ),
    (
        "AWS::SageMaker::MonitoringSchedule",
        Service::SageMaker,
        "DeleteMonitoringSchedule",
        "MonitoringScheduleName",
    ),
    (
        "AWS::SageMaker::NotebookInstance",
        Service::SageMaker,
        "DeleteNotebookInstance",
        "NotebookInstanceName",
    ),
    (
        "AWS::EFS::AccessPoint",
        Service::Efs,
        "DeleteAccessPoint",
        "AccessPointId",
    ),
    (
        "AWS::EC2::Instance",
        Service::Ec2,
        "TerminateInstances",
        "InstanceId",
    ),
    (
        "AWS::SageMaker::Domain",
        Service::SageMaker,
        "DeleteDomain",
        "DomainId",
    ),
    (
        "AWS::SageMaker::Endpoint",
        Service::SageMaker,
        "DeleteEndpoint",
        "EndpointName",
    ),
    (
        "AWS::SageMaker::EndpointConfig",
        Service::SageMaker,
        "DeleteEndpointConfig",
        "EndpointConfigName",
    ),
    (
        "AWS::SageMaker::Model",
        Service::SageMaker,
        "DeleteModel",
        "ModelName",
    ),
    (
        "AWS::EFS::MountTarget",
        Service::Efs,
        "DeleteMountTarget",
        "MountTargetId",
    ),
    (
        "AWS::EFS::FileSystem",
        Service::Efs,
        "DeleteFileSystem",
        "FileSystemId",
    ),
    (
        "AWS::EC2::NetworkInterface",
        Service::Ec2,
        "DeleteNetworkInterface",
        "NetworkInterfaceId",
    ),
    (
        "AWS::EC2::InternetGateway",
        Service::Ec2,
        "DeleteInternetGateway",
        "InternetGatewayId",
    ),
    (
        "AWS::EC2::NatGateway",
        Service::Ec2,
        "DeleteNatGateway",
        "NatGatewayId",
    ),
    (
        "AWS::EC2::NetworkAcl",
        Service::Ec2,
        "DeleteNetworkAcl",
        "NetworkAclId",
    ),
    (
        "AWS::EC2::VPCEndpoint",
        Service::Ec2,
        "DeleteVpcEndpoints",
        "VpcEndpointId",
    ),
    (
        "AWS::EC2::SecurityGroup",
        Service::Ec2,
        "DeleteSecurityGroup",
        "GroupId",
    ),
    ("AWS::EC2::Subnet", Service::Ec2, "DeleteSubnet", "SubnetId"),
    ("AWS::EC2::VPC", Service::Ec2, "DeleteVpc", "VpcId"),
    (
        "AWS::CloudFormation::Stack",
        Service::CloudFormation,
        "DeleteStack",
        "StackName",
    ),
];

/// A life at random.
pub(super) struct Walk {
    pub(super) person: Person,
    seed: u64,
    step: u64,
}

impl Walk {
    pub(super) fn new(scenario: &Scenario, seed: u64) -> Self {
        let mut person = Person::new(scenario, seed);
        let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"sagemaker.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
        let role = json!({"RoleName": ROLE, "AssumeRolePolicyDocument": trust});
        person.ask(Service::Iam, "CreateRole", &role);
        // A region has its default network from the first look at it.
        person.world.region(&Person::place());
        Self {
            person,
            seed,
            step: 0,
        }
    }

    /// Does the next thing, looks at something now and then, and lets up to three minutes pass.
    pub(super) fn step(&mut self) {
        self.step += 1;
        let things: [fn(&mut Self); 28] = [
            Self::make_network,
            Self::make_group,
            Self::make_interface,
            Self::make_endpoint,
            Self::make_volume,
            Self::make_domain,
            Self::make_profile_or_space,
            Self::make_app,
            Self::make_inference,
            Self::make_stack,
            Self::make_component,
            Self::make_schedule,
            Self::make_job,
            Self::make_notebook,
            Self::make_access_point,
            Self::make_instance,
            Self::make_gateway,
            Self::make_internet_gateway,
            Self::make_nat_gateway,
            Self::make_acl,
            Self::stop,
            Self::update,
            Self::update_studio,
            Self::update_endpoint,
            Self::delete,
            Self::delete,
            Self::delete,
            Self::delete_of_domain,
        ];
        let thing = things[self.below("thing", things.len())];
        thing(self);
        if self.below("look", 3) == 0 {
            self.look();
        }
        let pause = draw::unit(self.seed, &["pause", &self.step.to_string()]);
        self.person
            .wait(Duration::from_secs_f64(pause * pause * 180.0));
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "small numbers"
    )]
    fn below(&self, what: &str, most: usize) -> usize {
        (draw::unit(self.seed, &[what, &self.step.to_string()]) * most as f64) as usize
    }

    fn one_of(&self, kind: &str) -> Option<String> {
        let ids = self.person.ids(kind);
        ids.get(self.below(kind, ids.len().max(1))).cloned()
    }

    fn new_name(&self, noun: &str) -> String {
        format!("{noun}-{}", self.step)
    }

    fn ec2(&mut self, action: &str, input: &Value) {
        self.person.ask(Service::Ec2, action, input);
    }

    fn sagemaker(&mut self, action: &str, input: &Value) {
        self.person.ask(Service::SageMaker, action, input);
    }

    /// A VPC's subnets and groups.
    fn inside(&mut self, vpc: &str) -> (Vec<String>, Vec<String>) {
        let ec2 = &self.person.world.region(&Person::place()).ec2;
        let subnets = ec2.subnets.values().filter(|subnet| subnet.vpc_id == vpc);
        let subnets = subnets.map(|subnet| subnet.id.clone()).collect();
        let groups = ec2.groups.values().filter(|group| group.vpc_id == vpc);
        (subnets, groups.map(|group| group.id.clone()).collect())
    }

    fn make_network(&mut self) {
        match self
            .one_of("AWS::EC2::VPC")
            .filter(|_| self.below("more", 3) > 0)
        {
            None => self.ec2("CreateVpc", &json!({"CidrBlock": "10.0.0.0/16"})),
            Some(vpc) => {
                let block = format!("10.0.{}.0/24", self.below("block", 8));
                let zone = ["us-east-1a", "us-east-1b"][self.below("zone", 2)];
                let input = json!({"VpcId": vpc, "CidrBlock": block, "AvailabilityZone": zone});
                self.ec2("CreateSubnet", &input);
            }
        }
    }

    /// A group, or a rule of one that names another.
    fn make_group(&mut self) {
        let Some(vpc) = self.one_of("AWS::EC2::VPC") else {
            return;
        };
        let (_, groups) = self.inside(&vpc);
        if groups.len() < 2 || self.below("rule", 2) == 0 {
            let name = self.new_name("group");
            let input = json!({"VpcId": vpc, "GroupName": name, "GroupDescription": "walk"});
            self.ec2("CreateSecurityGroup", &input);
        } else {
            let one = &groups[self.below("one", groups.len())];
            let other = &groups[self.below("other", groups.len())];
            let rule = json!({"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "Groups": [{"GroupId": other}]});
            let input = json!({"GroupId": one, "IpPermissions": [rule]});
            self.ec2("AuthorizeSecurityGroupIngress", &input);
        }
    }

    fn make_interface(&mut self) {
        let Some(vpc) = self.one_of("AWS::EC2::VPC") else {
            return;
        };
        let (subnets, groups) = self.inside(&vpc);
        if let (Some(subnet), Some(group)) = (subnets.first(), groups.last()) {
            let input = json!({"SubnetId": subnet, "SecurityGroupId": [group]});
            self.ec2("CreateNetworkInterface", &input);
        }
    }

    fn make_endpoint(&mut self) {
        let Some(vpc) = self.one_of("AWS::EC2::VPC") else {
            return;
        };
        let (subnets, groups) = self.inside(&vpc);
        let service = [
            "com.amazonaws.us-east-1.sts",
            "com.amazonaws.us-east-1.logs",
        ];
        let input = json!({
            "VpcId": vpc, "VpcEndpointType": "Interface", "ServiceName": service[self.below("service", 2)],
            "SubnetId": subnets, "SecurityGroupId": groups, "PrivateDnsEnabled": false,
        });
        self.ec2("CreateVpcEndpoint", &input);
    }

    fn make_volume(&mut self) {
        let volume = self.one_of("AWS::EFS::FileSystem");
        let subnet = self.one_of("AWS::EC2::Subnet");
        let (action, input) = match (volume, subnet) {
            (Some(volume), Some(subnet)) => (
                "CreateMountTarget",
                json!({"FileSystemId": volume, "SubnetId": subnet}),
            ),
            _ => (
                "CreateFileSystem",
                json!({"CreationToken": self.new_name("volume")}),
            ),
        };
        self.person.ask(Service::Efs, action, &input);
    }

    fn make_domain(&mut self) {
        let Some(vpc) = self.one_of("AWS::EC2::VPC") else {
            return;
        };
        let (subnets, groups) = self.inside(&vpc);
        let input = json!({
            "DomainName": self.new_name("domain"), "AuthMode": "IAM", "AppNetworkAccessType": "VpcOnly",
            "VpcId": vpc, "SubnetIds": subnets,
            "DefaultUserSettings": {"ExecutionRole": role(), "SecurityGroups": groups.iter().take(2).collect::<Vec<_>>()},
        });
        self.sagemaker("CreateDomain", &input);
    }

    fn make_profile_or_space(&mut self) {
        let Some(domain) = self.one_of("AWS::SageMaker::Domain") else {
            return;
        };
        match self.one_of("AWS::SageMaker::UserProfile") {
            Some(profile) if self.below("space", 2) == 0 => {
                let (domain, owner) = profile.split_once('/').unwrap();
                let input = json!({
                    "DomainId": domain, "SpaceName": self.new_name("space"),
                    "SpaceSettings": {"AppType": "JupyterLab"},
                    "OwnershipSettings": {"OwnerUserProfileName": owner},
                    "SpaceSharingSettings": {"SharingType": "Private"},
                });
                self.sagemaker("CreateSpace", &input);
            }
            _ => {
                let input =
                    json!({"DomainId": domain, "UserProfileName": self.new_name("profile")});
                self.sagemaker("CreateUserProfile", &input);
            }
        }
    }

    fn make_app(&mut self) {
        let Some(space) = self.one_of("AWS::SageMaker::Space") else {
            return;
        };
        let (domain, name) = space.split_once('/').unwrap();
        let input = json!({"DomainId": domain, "SpaceName": name, "AppType": "JupyterLab", "AppName": "default"});
        self.sagemaker("CreateApp", &input);
    }

    fn make_inference(&mut self) {
        let (model, config) = (
            self.one_of("AWS::SageMaker::Model"),
            self.one_of("AWS::SageMaker::EndpointConfig"),
        );
        let vpc = self.one_of("AWS::EC2::VPC").unwrap_or_default();
        let (subnets, groups) = self.inside(&vpc);
        match (model, config) {
            (Some(_), Some(config)) => {
                let input = json!({"EndpointName": self.new_name("endpoint"), "EndpointConfigName": config});
                self.sagemaker("CreateEndpoint", &input);
            }
            (Some(model), None) => {
                let variant = json!({
                    "VariantName": "all", "ModelName": model, "InitialInstanceCount": 1, "InstanceType": "ml.m5.large",
                });
                let input = json!({"EndpointConfigName": self.new_name("config"), "ProductionVariants": [variant]});
                self.sagemaker("CreateEndpointConfig", &input);
            }
            (None, _) => {
                let image = "111122223333.dkr.ecr.us-east-1.amazonaws.com/model:1";
                let mut input = json!({
                    "ModelName": self.new_name("model"), "ExecutionRoleArn": role(), "PrimaryContainer": {"Image": image},
                });
                if !subnets.is_empty() {
                    input["VpcConfig"] = json!({"Subnets": subnets, "SecurityGroupIds": groups});
                }
                self.sagemaker("CreateModel", &input);
            }
        }
    }

    fn make_stack(&mut self) {
        let (name, template) = STACKS[self.below("stack", STACKS.len())];
        let input = json!({"StackName": name, "TemplateBody": template, "Capabilities": ["CAPABILITY_IAM"]});
        self.person
            .ask(Service::CloudFormation, "CreateStack", &input);
    }

    /// Changes a stack in place, by replacement (which fails on the domain's name or not), or takes a member away.
    fn update(&mut self) {
        let (name, template) = STACKS[self.below("stack", STACKS.len())];
        let values = [
            ("Second", "no"),
            ("Second", "yes"),
            ("Landing", "studio::relative"),
            ("Named", "other"),
        ];
        let (key, value) = values[self.below("value", values.len())];
        let parameter = json!({"ParameterKey": key, "ParameterValue": value});
        let input = json!({
            "StackName": name, "TemplateBody": template, "Capabilities": ["CAPABILITY_IAM"], "Parameters": [parameter],
        });
        self.person
            .ask(Service::CloudFormation, "UpdateStack", &input);
    }

    /// Deletes anything, in whatever order.
    fn delete(&mut self) {
        let (kind, service, action, member) = DELETIONS[self.below("kind", DELETIONS.len())];
        let Some(id) = self.one_of(kind) else {
            return;
        };
        let id = if ["DeleteVpcEndpoints", "TerminateInstances"].contains(&action) {
            json!([id])
        } else {
            json!(id)
        };
        let mut input = json!({member: id});
        if action == "DeleteDomain" && self.below("retention", 2) == 0 {
            input["RetentionPolicy"] = json!({"HomeEfsFileSystem": "Delete"});
        }
        self.person.ask(service, action, &input);
    }

    fn delete_of_domain(&mut self) {
        let kinds = ["App", "Space", "UserProfile"];
        let kind = kinds[self.below("part", kinds.len())];
        let Some(id) = self.one_of(&format!("AWS::SageMaker::{kind}")) else {
            return;
        };
        let pieces: Vec<&str> = id.split('/').collect();
        let input = match kind {
            "App" => json!({
                "DomainId": pieces[0], "SpaceName": pieces[1], "AppType": pieces[2], "AppName": pieces[3],
            }),
            "Space" => json!({"DomainId": pieces[0], "SpaceName": pieces[1]}),
            _ => json!({"DomainId": pieces[0], "UserProfileName": pieces[1]}),
        };
        self.sagemaker(&format!("Delete{kind}"), &input);
    }
}

fn role() -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/{ROLE}")
}
