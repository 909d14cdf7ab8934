use serde_json::json;

use crate::Switches;
use crate::row::Row;
use crate::sagemaker::testing::Client;

fn groups(client: &Client) -> Vec<Row> {
    let nfs = |row: &Row| row.tags.contains_key(super::home::TAG);
    client
        .rows("AWS::EC2::SecurityGroup")
        .into_iter()
        .filter(nfs)
        .collect()
}

fn status(client: &mut Client, id: &str) -> String {
    let domain = client
        .call("DescribeDomain", &json!({"DomainId": id}))
        .unwrap();
    domain["Status"].as_str().unwrap().to_owned()
}

#[test]
fn a_domain_brings_its_home_along() {
    let mut client = Client::new();
    let id = client.start_domain("studio");
    let shown = client
        .call("DescribeDomain", &json!({"DomainId": id}))
        .unwrap();
    assert_eq!(
        (&shown["Status"], &shown["HomeEfsFileSystemId"]),
        (&json!("Pending"), &json!(null))
    );
    client.wait(700);
    assert_eq!(status(&mut client, &id), "InService");
    let volume = client.rows("AWS::EFS::FileSystem").remove(0);
    assert!(volume.tags[super::home::TAG].ends_with(&format!("domain/{id}")));
    let targets = client.rows("AWS::EFS::MountTarget");
    assert_eq!(targets.len(), 2);
    assert!(
        targets
            .iter()
            .all(|target| target.parent.as_deref() == Some(volume.id.as_str()))
    );
    assert_eq!(client.rows("AWS::EC2::NetworkInterface").len(), 2);
    assert_eq!(groups(&client).len(), 2);
}

/// Facts: 1.5.2
#[test]
fn a_domain_waits_for_its_mount_targets() {
    let mut client = Client::new();
    client.fault(
        json!({"match": {"type": "AWS::EFS::MountTarget", "operation": "create"},
        "effect": {"kind": "take", "seconds": 3000}}),
    );
    let id = client.start_domain("studio");
    client.wait(2900);
    assert_eq!(status(&mut client, &id), "Pending");
    client.wait(200);
    assert_eq!(status(&mut client, &id), "InService");
}

#[test]
fn a_domain_without_its_volume_fails_and_can_be_deleted() {
    let mut client = Client::new();
    client.fault(
        json!({"match": {"type": "AWS::EFS::FileSystem", "operation": "create"},
        "effect": {"kind": "fail"}}),
    );
    let id = client.start_domain("studio");
    client.wait(700);
    assert_eq!(status(&mut client, &id), "Failed");
    client
        .call("DeleteDomain", &json!({"DomainId": id}))
        .unwrap();
    client.wait(300);
    assert_eq!(
        client
            .call("DescribeDomain", &json!({"DomainId": id}))
            .unwrap_err()
            .0,
        "ResourceNotFound"
    );
    assert_eq!(client.rows("AWS::EFS::FileSystem").len(), 1);
}

#[test]
fn what_is_wrong_is_refused() {
    let mut client = Client::new();
    let id = client.domain("studio");
    let (vpc, subnets, group) = client.network();
    let good = json!({
        "DomainName": "other", "AuthMode": "IAM", "VpcId": vpc, "SubnetIds": subnets,
        "AppNetworkAccessType": "VpcOnly",
        "DefaultUserSettings": {"ExecutionRole": Client::role(), "SecurityGroups": [group]},
    });
    let mut refused = |pointer: &str, value: serde_json::Value| {
        let mut input = good.clone();
        *input.pointer_mut(pointer).unwrap() = value;
        client.call("CreateDomain", &input).unwrap_err()
    };
    let (code, text) = refused("/DomainName", json!("studio"));
    assert_eq!(code, "ResourceInUse");
    assert!(text.contains(&id), "{text}");
    assert!(refused("/AuthMode", json!("LDAP")).1.contains("[SSO, IAM]"));
    assert!(
        refused("/SubnetIds", json!(["subnet-0"]))
            .1
            .contains("subnet-0")
    );
    assert!(
        refused("/DefaultUserSettings/SecurityGroups", json!([]))
            .1
            .contains("SecurityGroups")
    );
    let stranger = "arn:aws:iam::111122223333:role/missing";
    assert!(
        refused("/DefaultUserSettings/ExecutionRole", json!(stranger))
            .1
            .contains(stranger)
    );
    assert!(
        refused("/DefaultUserSettings", json!({"Color": "red"}))
            .1
            .contains("Color")
    );
    assert_eq!(
        client
            .call("CreateDomain", &json!({"Colour": 1}))
            .unwrap_err()
            .0,
        "ValidationException"
    );
}

/// Facts: 1.4.5, 1.5.7
#[test]
fn retain_leaves_the_home_and_holds_a_group() {
    let mut client = Client::new();
    let id = client.domain("studio");
    client
        .call("DeleteDomain", &json!({"DomainId": id}))
        .unwrap();
    assert_eq!(
        client
            .call("DeleteDomain", &json!({"DomainId": id}))
            .unwrap_err()
            .0,
        "ValidationException"
    );
    while client
        .call("DescribeDomain", &json!({"DomainId": id}))
        .is_ok()
    {
        client.wait(1);
    }
    assert_eq!(client.rows("AWS::EFS::MountTarget").len(), 2);
    let place = Client::place();
    let groups = groups(&client);
    assert_eq!(groups.len(), 2);
    let ec2 = &client.world.region(&place).ec2;
    let held = groups
        .iter()
        .filter(|group| ec2.groups[&group.id].held_until.is_some());
    assert_eq!(held.count(), 1);
}

/// Facts: 1.4.5, 1.5.8, 12.1
#[test]
fn delete_removes_volume_and_mount_targets() {
    for groups_go_with_volume in [false, true] {
        let mut client = Client::with(Switches {
            groups_go_with_volume,
            ..Switches::default()
        });
        let id = client.domain("studio");
        let policy = json!({"DomainId": id, "RetentionPolicy": {"HomeEfsFileSystem": "Delete"}});
        client.call("DeleteDomain", &policy).unwrap();
        client.wait(500);
        assert!(
            client
                .call("DescribeDomain", &json!({"DomainId": id}))
                .is_err()
        );
        assert!(client.rows("AWS::EFS::FileSystem").is_empty());
        assert!(client.rows("AWS::EC2::NetworkInterface").is_empty());
        assert_eq!(
            groups(&client).len(),
            if groups_go_with_volume { 0 } else { 2 }
        );
    }
}

/// Facts: 1.5.10, F.2
#[test]
fn a_domain_without_a_volume() {
    let switches = Switches {
        domain_without_volume: true,
        ..Switches::default()
    };
    let mut client = Client::with(switches);
    let id = client.domain("studio");
    assert_eq!(status(&mut client, &id), "InService");
    assert!(client.rows("AWS::EFS::FileSystem").is_empty());
    let policy = json!({"DomainId": id, "RetentionPolicy": {"HomeEfsFileSystem": "Delete"}});
    client.call("DeleteDomain", &policy).unwrap();
    client.wait(300);
    assert!(
        client
            .call("DescribeDomain", &json!({"DomainId": id}))
            .is_err()
    );
}

/// Facts: 1.1.5
#[test]
fn a_deletion_that_fails_can_be_asked_for_again() {
    let mut client = Client::new();
    let id = client.domain("studio");
    client.fault(
        json!({"match": {"type": "AWS::SageMaker::Domain", "operation": "delete", "times": 1},
        "effect": {"kind": "fail", "reason": "Internal error."}}),
    );
    client
        .call("DeleteDomain", &json!({"DomainId": id}))
        .unwrap();
    client.wait(300);
    assert_eq!(status(&mut client, &id), "Delete_Failed");
    client
        .call("DeleteDomain", &json!({"DomainId": id}))
        .unwrap();
    client.wait(300);
    assert!(
        client
            .call("DescribeDomain", &json!({"DomainId": id}))
            .is_err()
    );
}

#[test]
fn an_update_keeps_what_it_does_not_name() {
    let mut client = Client::new();
    let id = client.domain("studio");
    let update = json!({"DomainId": id, "DefaultUserSettings": {"StudioWebPortal": "ENABLED"}});
    client.call("UpdateDomain", &update).unwrap();
    assert_eq!(status(&mut client, &id), "Updating");
    client.wait(100);
    let shown = client
        .call("DescribeDomain", &json!({"DomainId": id}))
        .unwrap();
    assert_eq!(shown["DefaultUserSettings"]["StudioWebPortal"], "ENABLED");
    assert_eq!(
        shown["DefaultUserSettings"]["ExecutionRole"],
        json!(Client::role())
    );
}

#[test]
fn fewer_subnets_are_fewer_mount_targets() {
    let mut client = Client::new();
    let id = client.domain("studio");
    let (_, subnets, _) = client.network();
    client
        .call(
            "UpdateDomain",
            &json!({"DomainId": id, "SubnetIds": &subnets[..1]}),
        )
        .unwrap();
    client.wait(200);
    assert_eq!(client.rows("AWS::EFS::MountTarget").len(), 1);
}

/// Facts: 1.5.2
#[test]
fn a_domain_that_moves_within_a_zone_is_mounted_there_again() {
    let mut client = Client::new();
    let id = client.domain("studio");
    let (vpc, subnets, _) = client.network();
    let zone = client.world.region(&Client::place()).ec2.subnets[&subnets[0]]
        .zone_name
        .clone();
    let wanted = [
        ("VpcId", vpc.as_str()),
        ("CidrBlock", "172.31.200.0/24"),
        ("AvailabilityZone", zone.as_str()),
    ];
    client.query("2016-11-15", "CreateSubnet", &wanted);
    let (_, all, _) = client.network();
    let beside = all.iter().find(|subnet| !subnets.contains(subnet)).unwrap();
    let before = client.rows("AWS::EFS::MountTarget").len();
    let mut moved = client
        .call("DescribeDomain", &json!({"DomainId": id}))
        .unwrap()["SubnetIds"]
        .clone();
    assert_eq!(moved[0], json!(subnets[0]));
    moved[0] = json!(beside);
    let update = json!({"DomainId": id, "SubnetIds": moved});
    client.call("UpdateDomain", &update).unwrap();
    client.wait(400);
    assert_eq!(status(&mut client, &id), "InService");
    assert_eq!(client.rows("AWS::EFS::MountTarget").len(), before);
}

/// Facts: 1.1.4, 1.4.6
#[test]
fn an_update_without_its_volume_fails_and_ends() {
    let mut client = Client::new();
    let id = client.domain("studio");
    for target in client.rows("AWS::EFS::MountTarget") {
        let path = format!("mount-targets/{}", target.id);
        client.efs("DELETE", &path, "", None).unwrap();
    }
    client.wait(100);
    let volume = client.rows("AWS::EFS::FileSystem")[0].id.clone();
    client
        .efs("DELETE", &format!("file-systems/{volume}"), "", None)
        .unwrap();
    client.wait(100);
    let (_, subnets, _) = client.network();
    let update = json!({"DomainId": id, "SubnetIds": &subnets[..1]});
    client.call("UpdateDomain", &update).unwrap();
    let shown = client
        .call("DescribeDomain", &json!({"DomainId": id}))
        .unwrap();
    assert_eq!(shown["Status"], "Update_Failed");
    assert!(shown["FailureReason"].is_string(), "{shown}");
    // What has nothing to do with the subnets can still be changed.
    let update = json!({"DomainId": id, "TagPropagation": "ENABLED"});
    client.call("UpdateDomain", &update).unwrap();
    client.wait(100);
    assert_eq!(status(&mut client, &id), "InService");
}

/// Facts: 8.1
#[test]
fn a_quota_holds_back_one_domain_too_many() {
    let mut client = Client::new();
    client.world.quotas.set("domains", 1).unwrap();
    client.domain("a");
    let input = client.domain_input("b");
    let refusal = client.call("CreateDomain", &input).unwrap_err();
    assert_eq!(refusal.0, "ResourceLimitExceeded");
    assert!(
        refusal.1.starts_with(
            "The account-level service limit 'Total domains' is 1 Domains, with current utilization of 1 Domains and a \
             request delta of 1 Domains. Please use AWS Service Quotas"
        ),
        "{}",
        refusal.1
    );
}

/// Facts: 1.3.5, 1.3.7
#[test]
fn every_domain_is_listed_once() {
    let mut client = Client::new();
    for name in ["a", "b", "c"] {
        client.domain(name);
    }
    let first = client
        .call("ListDomains", &json!({"MaxResults": 2}))
        .unwrap();
    let token = &first["NextToken"];
    let second = client
        .call("ListDomains", &json!({"MaxResults": 2, "NextToken": token}))
        .unwrap();
    let names: Vec<&str> = [&first, &second]
        .into_iter()
        .flat_map(|page| page["Domains"].as_array().unwrap())
        .map(|domain| domain["DomainName"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["a", "b", "c"]);
    assert_eq!(second.get("NextToken"), None);
    assert!(
        client
            .call("ListDomains", &json!({"MaxResults": 101}))
            .is_err()
    );
}

#[test]
fn a_world_goes_on_after_it_was_saved() {
    let mut client = Client::new();
    let id = client.start_domain("studio");
    let saved = serde_json::to_string(&client.world).unwrap();
    client.world = serde_json::from_str(&saved).unwrap();
    client.wait(700);
    assert_eq!(status(&mut client, &id), "InService");
}
