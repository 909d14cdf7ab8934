use serde_json::{Value, json};

use crate::Switches;
use crate::sagemaker::testing::{Client, app, space};

fn status(client: &mut Client, domain: &str) -> Value {
    client.call("DescribeApp", &app(domain)).unwrap()["Status"].clone()
}

/// Interfaces of the owner.
fn interfaces(client: &Client, owner: &str) -> usize {
    let rows = client.rows("AWS::EC2::NetworkInterface");
    rows.iter()
        .filter(|row| row.parent.as_deref() == Some(owner))
        .count()
}

#[test]
fn an_app_has_an_interface_for_as_long_as_it_lives_and_a_little_longer() {
    let mut client = Client::new();
    let domain = client.studio();
    assert_eq!(status(&mut client, &domain), "InService");
    let key = format!("{domain}/lab/JupyterLab/default");
    assert_eq!(client.rows("AWS::SageMaker::App")[0].id, key);
    assert_eq!(interfaces(&client, &key), 1);
    client.call("DeleteApp", &app(&domain)).unwrap();
    while status(&mut client, &domain) != "Deleted" {
        client.wait(1);
    }
    assert_eq!(interfaces(&client, &key), 1);
    client.wait(200);
    assert_eq!(interfaces(&client, &key), 0);
    assert!(client.rows("AWS::SageMaker::App").is_empty());
}

#[test]
fn the_interface_has_the_users_groups_and_the_one_for_the_home() {
    let mut client = Client::new();
    let domain = client.studio();
    let (_, subnets, group) = client.network();
    let place = Client::place();
    let ec2 = &client.world.region(&place).ec2;
    let is_app = |text: &str| text.starts_with("[DO NOT DELETE] ENI managed by SageMaker");
    let interface = ec2
        .interfaces
        .values()
        .find(|found| is_app(&found.description))
        .unwrap();
    assert!(
        interface
            .description
            .contains(&format!("Studio Domain({domain}) - "))
    );
    assert!(subnets[..2].contains(&interface.subnet_id));
    assert_eq!(interface.groups.len(), 2);
    assert_eq!(interface.groups[0], group);
    let outbound = &ec2.groups[&interface.groups[1]];
    assert_eq!(
        outbound.name,
        format!("security-group-for-outbound-nfs-{domain}")
    );
}

/// Facts: 1.2.12, 1.4.4
#[test]
fn a_deleted_app_is_listed_for_a_day() {
    let mut client = Client::new();
    let domain = client.studio();
    client.call("DeleteApp", &app(&domain)).unwrap();
    client.wait(300);
    let (code, text) = client.call("DeleteApp", &app(&domain)).unwrap_err();
    assert_eq!(code, "ValidationException");
    assert!(text.contains("has already been deleted"), "{text}");
    client.wait(23 * 3600);
    assert_eq!(status(&mut client, &domain), "Deleted");
    client.wait(2 * 3600);
    assert_eq!(
        client.call("DescribeApp", &app(&domain)).unwrap_err().0,
        "ResourceNotFound"
    );
}

#[test]
fn a_new_app_in_a_deleted_ones_place_is_not_forgotten() {
    let mut client = Client::new();
    let domain = client.studio();
    client.call("DeleteApp", &app(&domain)).unwrap();
    client.wait(300);
    client.call("CreateApp", &app(&domain)).unwrap();
    client.wait(25 * 3600);
    assert_eq!(status(&mut client, &domain), "InService");
}

/// Facts: 1.1.8, 1.1.9
#[test]
fn only_an_app_at_rest_can_be_deleted() {
    let mut client = Client::new();
    let domain = client.studio();
    client.call("DeleteApp", &app(&domain)).unwrap();
    assert_eq!(
        client.call("DeleteApp", &app(&domain)).unwrap_err().0,
        "ValidationException"
    );
    client.wait(300);
    client.fault(
        json!({"match": {"type": "AWS::SageMaker::App", "operation": "create"},
        "effect": {"kind": "fail", "reason": "No capacity."}}),
    );
    client.call("CreateApp", &app(&domain)).unwrap();
    assert_eq!(
        client.call("DeleteApp", &app(&domain)).unwrap_err().0,
        "ValidationException"
    );
    client.wait(500);
    let shown = client.call("DescribeApp", &app(&domain)).unwrap();
    assert_eq!(
        (&shown["Status"], &shown["FailureReason"]),
        (&json!("Failed"), &json!("No capacity."))
    );
    assert!(
        client
            .call("DeleteApp", &app(&domain))
            .unwrap_err()
            .1
            .contains("previously failed")
    );
    let space = json!({"DomainId": domain, "SpaceName": "lab"});
    client.call("DeleteSpace", &space).unwrap();
    client.wait(100);
    assert!(client.rows("AWS::SageMaker::App").is_empty());
}

/// Facts: 1.2.17
#[test]
fn what_cannot_be_made_is_refused() {
    let mut client = Client::new();
    let domain = client.studio();
    let (code, _) = client.call("CreateApp", &app(&domain)).unwrap_err();
    assert_eq!(code, "ResourceInUse");
    let mut refused = |kind: &str, owner: &str, name: &str| {
        let input = json!({"DomainId": domain, "AppType": kind, "AppName": "default", owner: name});
        client.call("CreateApp", &input).unwrap_err().1
    };
    assert!(refused("JupyterServer", "UserProfileName", "alice").contains("Classic"));
    assert!(refused("JupyterLab", "UserProfileName", "alice").contains("SpaceName"));
    assert!(refused("CodeEditor", "SpaceName", "lab").contains("CodeEditor"));
    assert!(refused("Notebook", "SpaceName", "lab").contains("JupyterLab"));
    assert!(refused("JupyterLab", "SpaceName", "nowhere").contains("nowhere"));
}

#[test]
fn an_app_waits_for_its_spaces_storage() {
    let mut client = Client::new();
    let domain = client.domain("studio");
    let profile = json!({"DomainId": domain, "UserProfileName": "alice"});
    client.call("CreateUserProfile", &profile).unwrap();
    let refused = client.call("CreateSpace", &space(&domain)).unwrap_err();
    assert!(refused.1.contains("is not in InService"), "{}", refused.1);
    client.wait(200);
    client.call("CreateSpace", &space(&domain)).unwrap();
    let (code, text) = client.call("CreateApp", &app(&domain)).unwrap_err();
    assert_eq!(code, "ResourceInUse");
    assert!(
        text.contains("storage is not in Available status"),
        "{text}"
    );
}

/// Facts: 1.4.1
#[test]
fn the_order_of_deletion_is_enforced() {
    let mut client = Client::new();
    let domain = client.studio();
    let mut refused = |action: &str, input: Value| client.call(action, &input).unwrap_err();
    let profile = json!({"DomainId": domain, "UserProfileName": "alice"});
    let space = json!({"DomainId": domain, "SpaceName": "lab"});
    let (code, text) = refused("DeleteDomain", json!({"DomainId": domain}));
    assert_eq!(code, "ResourceInUse");
    assert!(
        text.ends_with("because UserProfile(s) are associated with it."),
        "{text}"
    );
    let (_, text) = refused("DeleteUserProfile", profile.clone());
    assert!(
        text.ends_with("because Space(s) are associated with it."),
        "{text}"
    );
    let (_, text) = refused("DeleteSpace", space.clone());
    assert!(
        text.ends_with("because App(s) are associated with it."),
        "{text}"
    );
    client.call("DeleteApp", &app(&domain)).unwrap();
    client.wait(300);
    client.call("DeleteSpace", &space).unwrap();
    assert_eq!(
        client.call("DeleteSpace", &space).unwrap_err().0,
        "ValidationException"
    );
    client.wait(100);
    client.call("DeleteUserProfile", &profile).unwrap();
    client.wait(200);
    client
        .call("DeleteDomain", &json!({"DomainId": domain}))
        .unwrap();
    client.wait(300);
    assert!(
        client
            .call("DescribeDomain", &json!({"DomainId": domain}))
            .is_err()
    );
}

#[test]
fn whose_code_it_is_when_the_domain_is_gone() {
    let cases = [(true, "ValidationException"), (false, "ResourceNotFound")];
    for (vanished_domain_is_validation_error, code) in cases {
        let switches = Switches {
            vanished_domain_is_validation_error,
            ..Switches::default()
        };
        let mut client = Client::with(switches);
        let profile = json!({"DomainId": "d-gone", "UserProfileName": "alice"});
        assert_eq!(
            client.call("DeleteUserProfile", &profile).unwrap_err().0,
            code
        );
        assert_eq!(
            client.call("DescribeUserProfile", &profile).unwrap_err().0,
            "ResourceNotFound"
        );
    }
}

#[test]
fn a_profile_has_a_home_of_its_own() {
    for access_points_outlive_profiles in [true, false] {
        let switches = Switches {
            access_points_outlive_profiles,
            ..Switches::default()
        };
        let mut client = Client::with(switches);
        let domain = client.domain("studio");
        for name in ["alice", "bob"] {
            let profile = json!({"DomainId": domain, "UserProfileName": name});
            client.call("CreateUserProfile", &profile).unwrap();
            client.wait(200);
        }
        let profile = json!({"DomainId": domain, "UserProfileName": "bob"});
        let shown = client.call("DescribeUserProfile", &profile).unwrap();
        assert_eq!(shown["HomeEfsFileSystemUid"], "200001");
        assert_eq!(client.rows("AWS::EFS::AccessPoint").len(), 2);
        client.call("DeleteUserProfile", &profile).unwrap();
        client.wait(200);
        let left = if access_points_outlive_profiles { 2 } else { 1 };
        assert_eq!(client.rows("AWS::EFS::AccessPoint").len(), left);
    }
}

#[test]
fn a_link_needs_a_profile() {
    let mut client = Client::new();
    let domain = client.studio();
    let mut input = json!({"DomainId": domain, "UserProfileName": "alice", "ExpiresInSeconds": 60});
    let link = client.call("CreatePresignedDomainUrl", &input).unwrap();
    let host = format!("https://{domain}.studio.us-east-1.sagemaker.aws/auth?token=");
    assert!(link["AuthorizedUrl"].as_str().unwrap().starts_with(&host));
    input["ExpiresInSeconds"] = json!(301);
    assert_eq!(
        client
            .call("CreatePresignedDomainUrl", &input)
            .unwrap_err()
            .0,
        "ValidationException"
    );
    input["ExpiresInSeconds"] = json!(300);
    input["UserProfileName"] = json!("carol");
    assert_eq!(
        client
            .call("CreatePresignedDomainUrl", &input)
            .unwrap_err()
            .0,
        "ResourceNotFound"
    );
}

/// Facts: 1.4.13
#[test]
fn tags_are_propagated_where_the_domain_says_so() {
    let mut client = Client::new();
    let domain = client.studio();
    let arn = client.rows("AWS::SageMaker::Domain")[0].arn.clone();
    let tags = json!({"ResourceArn": arn, "Tags": [{"Key": "team", "Value": "blue"}]});
    client.call("AddTags", &tags).unwrap();
    client
        .call(
            "UpdateDomain",
            &json!({"DomainId": domain, "TagPropagation": "ENABLED"}),
        )
        .unwrap();
    client.call("DeleteApp", &app(&domain)).unwrap();
    client.wait(300);
    client.call("CreateApp", &app(&domain)).unwrap();
    assert_eq!(client.rows("AWS::SageMaker::App")[0].tags["team"], "blue");
}

/// Facts: 1.3.6
#[test]
fn lists_are_filtered_and_paged() {
    let mut client = Client::new();
    let domain = client.studio();
    let names = |answer: &Value| answer["Apps"].as_array().unwrap().len();
    let listed = client.call(
        "ListApps",
        &json!({"DomainIdEquals": domain, "SpaceNameEquals": "lab"}),
    );
    assert_eq!(names(&listed.unwrap()), 1);
    let listed = client.call("ListApps", &json!({"UserProfileNameEquals": "alice"}));
    assert_eq!(names(&listed.unwrap()), 0);
    let listed = client.call("ListApps", &json!({"DomainIdEquals": "d-other"}));
    assert_eq!(names(&listed.unwrap()), 0);
    assert!(client.call("ListApps", &json!({"SortBy": "Name"})).is_err());
    assert!(client.call("ListApps", &json!({"Sort": "Name"})).is_err());
    let listed = client
        .call("ListSpaces", &json!({"SpaceNameContains": "LA"}))
        .unwrap();
    assert_eq!(
        listed["Spaces"][0]["OwnershipSettingsSummary"]["OwnerUserProfileName"],
        "alice"
    );
    assert_eq!(
        listed["Spaces"][0]["SpaceSettingsSummary"]["AppType"],
        "JupyterLab"
    );
}
