use serde_json::{Value, json};

use super::{course, ec2, make_profile, profile, status, texts};
use crate::sagemaker::testing::Client;

fn input(client: &mut Client) -> Value {
    let mut input = client.domain_input("studio");
    input["AppSecurityGroupManagement"] = json!("Service");
    input["DomainSettings"] =
        json!({"RStudioServerProDomainSettings": {"DomainExecutionRoleArn": Client::role()}});
    input["DefaultUserSettings"]["RStudioServerProAppSettings"] =
        json!({"AccessStatus": "ENABLED"});
    input
}

fn domain(client: &mut Client) -> String {
    let input = input(client);
    let made = client.call("CreateDomain", &input).unwrap();
    client.wait(700);
    made["DomainId"].as_str().unwrap().to_owned()
}

fn one_app(domain: &str, owner: &str, kind: &str) -> Value {
    json!({"DomainId": domain, "UserProfileName": owner, "AppType": kind, "AppName": "default"})
}

/// Facts: 1.5.9, F.3
#[test]
fn r_studio_brings_a_third_group_and_a_server_along() {
    let mut client = Client::new();
    let input = input(&mut client);
    let made = client.call("CreateDomain", &input).unwrap();
    let domain = made["DomainId"].as_str().unwrap().to_owned();
    let server = one_app(&domain, "domain-shared", "RStudioServerPro");
    while status(&mut client, "DescribeDomain", &json!({"DomainId": domain})) == "Pending" {
        assert_eq!(status(&mut client, "DescribeApp", &server), "gone");
        client.wait(1);
    }
    let shown = client
        .call("DescribeDomain", &json!({"DomainId": domain}))
        .unwrap();
    let boundary = shown["SecurityGroupIdForDomainBoundary"]
        .as_str()
        .unwrap()
        .to_owned();
    let filter = [
        ("Filter.1.Name", "tag:ManagedByAmazonSageMakerResource"),
        ("Filter.1.Value.1", shown["DomainArn"].as_str().unwrap()),
    ];
    let groups = ec2(&mut client, "DescribeSecurityGroups", &filter).unwrap();
    assert_eq!(texts(&groups, "groupName").len(), 3);
    assert_eq!(
        course(&mut client, "DescribeApp", &server),
        ["Pending", "InService"]
    );
    let filter = [
        ("Filter.1.Name", "group-id"),
        ("Filter.1.Value.1", boundary.as_str()),
    ];
    let interfaces = ec2(&mut client, "DescribeNetworkInterfaces", &filter).unwrap();
    assert_eq!(texts(&interfaces, "networkInterfaceId").len(), 1);
    let refused = ec2(
        &mut client,
        "DeleteSecurityGroup",
        &[("GroupId", boundary.as_str())],
    );
    assert!(refused.unwrap_err().contains("DependencyViolation"));
}

/// Facts: 1.4.12
#[test]
fn the_owner_of_the_server_is_no_profile() {
    let mut client = Client::new();
    let domain = domain(&mut client);
    let listed = client
        .call("ListUserProfiles", &json!({"DomainIdEquals": domain}))
        .unwrap();
    assert_eq!(listed["UserProfiles"], json!([]));
    let apps = client
        .call(
            "ListApps",
            &json!({"UserProfileNameEquals": "domain-shared"}),
        )
        .unwrap();
    assert_eq!(apps["Apps"][0]["AppType"], "RStudioServerPro");
    let shared = profile(&domain, "domain-shared");
    let refused = |client: &mut Client, action: &str| client.call(action, &shared).unwrap_err().0;
    assert_eq!(
        refused(&mut client, "DescribeUserProfile"),
        "ResourceNotFound"
    );
    assert_eq!(
        refused(&mut client, "UpdateUserProfile"),
        "ResourceNotFound"
    );
    assert_eq!(
        refused(&mut client, "DeleteUserProfile"),
        "ValidationException"
    );
    assert_eq!(
        refused(&mut client, "CreateUserProfile"),
        "ValidationException"
    );
}

/// Facts: 1.4.12
#[test]
fn sessions_go_before_the_server_and_the_server_before_the_domain() {
    let mut client = Client::new();
    let domain = domain(&mut client);
    make_profile(&mut client, &domain, "alice");
    client.wait(500);
    let server = one_app(&domain, "domain-shared", "RStudioServerPro");
    let session = one_app(&domain, "alice", "RSessionGateway");
    client.call("CreateApp", &session).unwrap();
    client.wait(500);
    let (code, text) = client.call("DeleteApp", &server).unwrap_err();
    assert_eq!(code, "ResourceInUse");
    assert!(text.contains("RSessionGateway App(s)"), "{text}");
    client.call("DeleteApp", &session).unwrap();
    client.wait(300);
    client
        .call("DeleteUserProfile", &profile(&domain, "alice"))
        .unwrap();
    client.wait(200);
    let whole = json!({"DomainId": domain});
    let (code, text) = client.call("DeleteDomain", &whole).unwrap_err();
    assert_eq!(code, "ResourceInUse");
    assert!(
        text.ends_with("because App(s) are associated with it."),
        "{text}"
    );
    client.call("DeleteApp", &server).unwrap();
    assert_eq!(
        course(&mut client, "DescribeApp", &server),
        ["Deleting", "Deleted"]
    );
    client.call("DeleteDomain", &whole).unwrap();
    assert_eq!(
        course(&mut client, "DescribeDomain", &whole),
        ["Deleting", "gone"]
    );
}

/// Facts: 1.2.17
#[test]
fn what_r_studio_needs_is_asked_for() {
    let mut client = Client::new();
    let mut unmanaged = input(&mut client);
    unmanaged["AppSecurityGroupManagement"] = json!("Customer");
    let refused = client.call("CreateDomain", &unmanaged).unwrap_err();
    assert!(
        refused
            .1
            .contains("AppSecurityGroupManagement must be Service"),
        "{}",
        refused.1
    );
    let plain = client.domain("plain");
    make_profile(&mut client, &plain, "alice");
    let session = one_app(&plain, "alice", "RSessionGateway");
    let refused = client.call("CreateApp", &session).unwrap_err();
    assert!(
        refused.1.contains("RStudioServerProDomainSettings"),
        "{}",
        refused.1
    );
    let domain = domain(&mut client);
    make_profile(&mut client, &domain, "alice");
    client.wait(500);
    let none = json!({"DomainId": domain, "UserProfileName": "alice",
        "UserSettings": {"RStudioServerProAppSettings": {"AccessStatus": "DISABLED"}}});
    client.call("UpdateUserProfile", &none).unwrap();
    client.wait(100);
    let session = one_app(&domain, "alice", "RSessionGateway");
    let refused = client.call("CreateApp", &session).unwrap_err();
    assert!(refused.1.contains("has no access"), "{}", refused.1);
    let open = json!({"DomainId": domain, "AppNetworkAccessType": "PublicInternetOnly"});
    let refused = client.call("UpdateDomain", &open).unwrap_err();
    assert_eq!(refused.0, "ValidationException");
    assert!(refused.1.contains("cannot be changed"), "{}", refused.1);
}
