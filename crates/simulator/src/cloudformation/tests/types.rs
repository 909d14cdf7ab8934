//! Resource types as templates know them (section 3.8).

use serde_json::{Value, json};

use super::*;
use crate::cloudformation::resource::{self, ResourceType};

fn handler(kind: &str) -> &'static dyn ResourceType {
    resource::find(kind).unwrap()
}

fn sagemaker(kind: &str) -> &'static dyn ResourceType {
    handler(&format!("AWS::SageMaker::{kind}"))
}

/// Facts: 3.8.1, F.35
#[test]
fn what_replaces_a_domain_is_known() {
    let create_only = sagemaker("Domain").create_only();
    assert_eq!(
        create_only,
        ["AuthMode", "DomainName", "KmsKeyId", "Tags", "VpcId"]
    );
    for kept in ["SubnetIds", "AppNetworkAccessType", "DefaultUserSettings"] {
        assert!(!create_only.contains(&kept));
    }
}

/// Facts: 3.8.5
#[test]
fn a_domain_has_no_retention_policy() {
    let mut domain = json!({
        "AuthMode": "IAM", "DomainName": "lab", "VpcId": "vpc-1", "SubnetIds": ["subnet-1"],
        "DefaultUserSettings": {"ExecutionRole": "arn:aws:iam::111122223333:role/studio"},
    });
    sagemaker("Domain").check(&domain).unwrap();
    domain["RetentionPolicy"] = json!({"HomeEfsFileSystem": "Delete"});
    let problem = sagemaker("Domain").check(&domain).unwrap_err();
    assert!(problem.contains("RetentionPolicy"), "{problem}");
}

/// Facts: 3.8.3
#[test]
fn a_profile_is_known_by_its_domain_and_name() {
    let profile = sagemaker("UserProfile");
    for name in ["DomainId", "UserProfileName", "Tags"] {
        assert!(profile.create_only().contains(&name));
    }
    assert_eq!(profile.reference("d-1|ann"), "d-1|ann");
    assert!(profile.has_attribute("UserProfileArn"));
}

/// Facts: 3.8.4
#[test]
fn a_space_keeps_its_owner() {
    let space = sagemaker("Space");
    for name in [
        "DomainId",
        "SpaceName",
        "OwnershipSettings",
        "SpaceSharingSettings",
    ] {
        assert!(space.create_only().contains(&name));
    }
}

/// Facts: 3.8.6
#[test]
fn no_app_of_a_space_can_be_made() {
    let mut app =
        json!({"AppName": "default", "AppType": "JupyterLab", "DomainId": "d-1", "SpaceName": "s"});
    assert!(sagemaker("App").check(&app).is_err());
    app["UserProfileName"] = json!("ann");
    assert!(sagemaker("App").check(&app).is_err());
}

/// Facts: 3.8.7
#[test]
fn an_endpoints_private_names_are_a_choice_of_words() {
    let endpoint = handler("AWS::EC2::VPCEndpoint");
    let with = |choice: Value| {
        json!({"VpcId": "vpc-1", "ServiceName": "s", "VpcEndpointType": "Interface",
            "DnsOptions": {"PrivateDnsOnlyForInboundResolverEndpoint": choice}})
    };
    for choice in ["OnlyInboundResolver", "AllResolvers", "NotSpecified"] {
        endpoint.check(&with(json!(choice))).unwrap();
    }
    assert!(endpoint.check(&with(json!(true))).is_err());
    for name in ["Id", "DnsEntries", "NetworkInterfaceIds"] {
        assert!(endpoint.has_attribute(name));
    }
}

/// Facts: 3.8.8
#[test]
fn groups_that_refer_to_one_another_are_a_circle() {
    let mut bench = Bench::new();
    let group = |peer: &str| {
        format!(
            "{{Type: AWS::EC2::SecurityGroup, Properties: {{GroupDescription: d, SecurityGroupIngress: [{{IpProtocol: tcp, FromPort: 443, ToPort: 443, SourceSecurityGroupId: !GetAtt {peer}.GroupId}}]}}}}"
        )
    };
    let template = format!(
        "Resources:\n  One: {}\n  Two: {}\n",
        group("Two"),
        group("One")
    );
    let members = [("StackName", "s"), ("TemplateBody", template.as_str())];
    assert_eq!(
        bench.refused("CreateStack", &members),
        "Circular dependency between resources: [One, Two]"
    );
}

/// Facts: 3.8.9
#[test]
fn network_types_get_system_tags_and_sagemakers_do_not() {
    let mut bench = Bench::new();
    let template = domain(
        &mut bench,
        "lab",
        "  Gateway: {Type: AWS::EC2::InternetGateway}\n",
    );
    let more = [
        IAM,
        ("Tags.member.1.Key", "team"),
        ("Tags.member.1.Value", "a"),
    ];
    bench.create_with("s", &template, &more);
    bench.settle();
    let tags = |kind: &str| {
        let rows = bench.world.rows();
        let row = rows
            .iter()
            .find(|row| row.kind == kind && row.stack.is_some());
        row.unwrap().tags.clone()
    };
    let gateway = tags(GATEWAYS);
    assert_eq!(gateway["aws:cloudformation:stack-name"], "s");
    assert_eq!(gateway["aws:cloudformation:logical-id"], "Gateway");
    assert!(gateway.contains_key("aws:cloudformation:stack-id"));
    assert_eq!(gateway["team"], "a");
    let domain = tags("AWS::SageMaker::Domain");
    assert_eq!(
        domain.into_iter().collect::<Vec<_>>(),
        [("team".to_owned(), "a".to_owned())]
    );
}
