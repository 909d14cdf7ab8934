use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{course, ec2, make_profile, profile, status, texts};
use crate::Switches;
use crate::durations::{Changes, Spread};
use crate::sagemaker::testing::{Client, app};

/// How long each step takes where the order of all of them is looked at: no two end at once, but for mount targets.
const STEADY: [(&str, f64); 6] = [
    ("AWS::EFS::FileSystem create", 10.0),
    ("AWS::EFS::FileSystem delete", 10.0),
    ("AWS::EFS::MountTarget create", 50.0),
    ("AWS::EFS::MountTarget delete", 20.0),
    ("AWS::SageMaker::Domain create", 100.0),
    ("AWS::SageMaker::Domain delete", 60.0),
];

fn steady(client: &mut Client) {
    let entries = STEADY.map(|(name, seconds)| {
        let spread = Spread {
            least: seconds,
            median: seconds,
            p99: seconds,
            most: None,
        };
        (name.to_owned(), spread)
    });
    client.world.durations = Changes {
        entries: entries.into(),
        ..Changes::default()
    }
    .apply();
}

/// What a domain and what it makes on the side look like at one instant: how many of each kind are in each status.
fn seen(client: &Client) -> BTreeMap<String, usize> {
    let mut seen = BTreeMap::new();
    for row in client.world.environment_rows().values() {
        let kind = row.kind.rsplit("::").next().unwrap();
        let shown = match kind {
            "SecurityGroup" => "group".to_owned(),
            "Domain" | "FileSystem" | "MountTarget" | "NetworkInterface" => {
                format!("{kind} {}", row.status)
            }
            _ => continue,
        };
        *seen.entry(shown).or_default() += 1;
    }
    seen
}

/// The different pictures of twenty minutes.
fn history(client: &mut Client) -> Vec<BTreeMap<String, usize>> {
    let mut history: Vec<BTreeMap<String, usize>> = Vec::new();
    for _ in 0..1200 {
        let now = seen(client);
        if history.last() != Some(&now) {
            history.push(now);
        }
        client.wait(1);
    }
    history
}

fn picture(of: &[(&str, usize)]) -> BTreeMap<String, usize> {
    of.iter()
        .map(|(shown, count)| ((*shown).to_owned(), *count))
        .collect()
}

fn whole() -> BTreeMap<String, usize> {
    picture(&[
        ("Domain InService", 1),
        ("FileSystem available", 1),
        ("MountTarget available", 2),
        ("NetworkInterface in-use", 2),
        ("group", 2),
    ])
}

/// The NFS group of a direction, as EC2 describes it.
fn group(client: &mut Client, direction: &str, domain: &str) -> String {
    let name = format!("security-group-for-{direction}-nfs-{domain}");
    let filter = [
        ("Filter.1.Name", "group-name"),
        ("Filter.1.Value.1", name.as_str()),
    ];
    ec2(client, "DescribeSecurityGroups", &filter).unwrap()
}

/// Its id.
fn group_id(client: &mut Client, direction: &str, domain: &str) -> String {
    let shown = group(client, direction, domain);
    texts(&shown, "groupId").remove(0)
}

/// Facts: 1.5.1, 1.5.2, 1.5.3
#[test]
fn a_domain_grows_its_home_step_by_step() {
    let mut client = Client::new();
    steady(&mut client);
    client.start_domain("studio");
    let mounting = |status: &str| {
        let mut moment = picture(&[
            ("Domain Pending", 1),
            ("FileSystem available", 1),
            ("NetworkInterface in-use", 2),
            ("group", 2),
        ]);
        moment.insert(format!("MountTarget {status}"), 2);
        moment
    };
    let first = picture(&[
        ("Domain Pending", 1),
        ("FileSystem creating", 1),
        ("group", 2),
    ]);
    let expected = [first, mounting("creating"), mounting("available"), whole()];
    assert_eq!(history(&mut client), expected);
}

/// Facts: 1.5.1, 1.5.2, 1.5.3, 1.5.4, 1.4.10
#[test]
fn the_home_in_every_detail() {
    let mut client = Client::new();
    let domain = client.domain("studio");
    let arn = format!("arn:aws:sagemaker:us-east-1:111122223333:domain/{domain}");
    let tag = json!([{"Key": "ManagedByAmazonSageMakerResource", "Value": arn}]);

    let volumes = client.efs("GET", "file-systems", "", None).unwrap();
    let volume = &volumes["FileSystems"][0];
    assert_eq!(
        (&volume["Encrypted"], &volume["Tags"]),
        (&json!(true), &tag)
    );
    let id = volume["FileSystemId"].as_str().unwrap();
    let query = format!("FileSystemId={id}");
    let targets = client.efs("GET", "mount-targets", &query, None).unwrap();
    let targets = targets["MountTargets"].as_array().unwrap().clone();
    assert_eq!(targets.len(), 2);
    assert_ne!(
        targets[0]["AvailabilityZoneId"],
        targets[1]["AvailabilityZoneId"]
    );

    let inbound = group_id(&mut client, "inbound", &domain);
    let outbound = group_id(&mut client, "outbound", &domain);
    for target in &targets {
        let interface = target["NetworkInterfaceId"].as_str().unwrap();
        let shown = [("NetworkInterfaceId.1", interface)];
        let shown = ec2(&mut client, "DescribeNetworkInterfaces", &shown).unwrap();
        let target = target["MountTargetId"].as_str().unwrap();
        assert_eq!(texts(&shown, "interfaceType"), ["efs"]);
        assert_eq!(texts(&shown, "requesterManaged"), ["true"]);
        assert_eq!(texts(&shown, "instanceOwnerId"), ["amazon-aws"]);
        assert_eq!(texts(&shown, "groupId"), [inbound.as_str()]);
        assert!(texts(&shown, "attachmentId")[0].starts_with("ela-attach-"));
        assert!(shown.contains(&format!("EFS mount target for {id} ({target})")));
    }

    for (direction, peer, rules, empty) in [
        ("inbound", &outbound, "ipPermissions", "ipPermissionsEgress"),
        ("outbound", &inbound, "ipPermissionsEgress", "ipPermissions"),
    ] {
        let shown = group(&mut client, direction, &domain);
        assert!(shown.contains(&format!(
            "[DO NOT DELETE] Security Group that allows {direction} NFS traffic for SageMaker Notebooks Domain [{domain}]"
        )));
        assert!(shown.contains(&arn));
        let rules = texts(&shown, rules).concat();
        assert_eq!(sorted(texts(&rules, "fromPort")), ["1018", "2049", "988"]);
        assert_eq!(sorted(texts(&rules, "toPort")), ["1023", "2049", "988"]);
        assert!(
            texts(&rules, "ipProtocol")
                .iter()
                .all(|protocol| protocol == "tcp")
        );
        assert!(texts(&rules, "groupId").iter().all(|id| id == peer));
        assert_eq!(texts(&texts(&shown, empty).concat(), "fromPort"), [""; 0]);
    }
}

fn sorted(mut texts: Vec<String>) -> Vec<String> {
    texts.sort();
    texts.dedup();
    texts
}

/// Facts: 1.5.5
#[test]
fn an_app_has_an_interface_in_the_users_and_the_outbound_group() {
    let mut client = Client::new();
    let domain = client.studio();
    let (_, subnets, group) = client.network();
    let outbound = group_id(&mut client, "outbound", &domain);
    let filter = [
        ("Filter.1.Name", "group-id"),
        ("Filter.1.Value.1", outbound.as_str()),
    ];
    let shown = ec2(&mut client, "DescribeNetworkInterfaces", &filter).unwrap();
    assert_eq!(
        sorted(texts(&shown, "groupId")),
        sorted(vec![group, outbound.clone()])
    );
    assert!(shown.contains(&format!(
        "[DO NOT DELETE] ENI managed by SageMaker for Studio Domain({domain}) - "
    )));
    assert!(shown.contains(&format!(
        "arn:aws:sagemaker:us-east-1:111122223333:node/{domain}/lab/"
    )));
    assert_eq!(texts(&shown, "interfaceType"), ["interface"]);
    assert_eq!(texts(&shown, "requesterManaged"), ["false"]);
    assert!(texts(&shown, "requesterId")[0].ends_with(":SageMaker"));
    assert!(subnets[..2].contains(&texts(&shown, "subnetId")[0]));
    client.call("DeleteApp", &app(&domain)).unwrap();
    client.wait(600);
    let gone = ec2(&mut client, "DescribeNetworkInterfaces", &filter).unwrap();
    assert_eq!(texts(&gone, "networkInterfaceId"), [""; 0]);
}

fn delete_group(client: &mut Client, id: &str) -> Result<String, String> {
    ec2(client, "DeleteSecurityGroup", &[("GroupId", id)])
}

fn revoke(client: &mut Client, id: &str, direction: &str) {
    let filter = [("Filter.1.Name", "group-id"), ("Filter.1.Value.1", id)];
    let rules = ec2(client, "DescribeSecurityGroupRules", &filter).unwrap();
    let rules = texts(&rules, "securityGroupRuleId");
    let numbered: Vec<(String, String)> = rules
        .into_iter()
        .enumerate()
        .map(|(at, rule)| (format!("SecurityGroupRuleId.{}", at + 1), rule))
        .collect();
    let mut members = vec![("GroupId", id)];
    members.extend(
        numbered
            .iter()
            .map(|(name, rule)| (name.as_str(), rule.as_str())),
    );
    ec2(client, &format!("RevokeSecurityGroup{direction}"), &members).unwrap();
}

/// Facts: 1.4.5, 1.5.6, 1.5.7
#[test]
fn retain_leaves_everything_and_the_groups_go_when_their_rules_and_the_tail_have_gone() {
    let mut client = Client::new();
    let domain = client.domain("studio");
    let inbound = group_id(&mut client, "inbound", &domain);
    let outbound = group_id(&mut client, "outbound", &domain);
    client
        .call("DeleteDomain", &json!({"DomainId": domain}))
        .unwrap();
    while status(&mut client, "DescribeDomain", &json!({"DomainId": domain})) != "gone" {
        client.wait(1);
    }
    let mut left = whole();
    left.remove("Domain InService");
    assert_eq!(seen(&client), left);

    let in_use = |refused: Result<String, String>| {
        assert!(
            refused
                .unwrap_err()
                .contains("<Code>DependencyViolation</Code>")
        );
    };
    in_use(delete_group(&mut client, &inbound));
    in_use(delete_group(&mut client, &outbound));
    for target in client.rows("AWS::EFS::MountTarget") {
        let path = format!("mount-targets/{}", target.id);
        client.efs("DELETE", &path, "", None).unwrap();
    }
    revoke(&mut client, &inbound, "Ingress");
    in_use(delete_group(&mut client, &inbound));
    revoke(&mut client, &outbound, "Egress");
    in_use(delete_group(&mut client, &outbound));
    let mut tail = 0;
    while delete_group(&mut client, &outbound).is_err() {
        client.wait(1);
        tail += 1;
    }
    assert!((29..=61).contains(&tail), "{tail}");
    client.wait(60);
    delete_group(&mut client, &inbound).unwrap();
    let volume = client.rows("AWS::EFS::FileSystem")[0].id.clone();
    client
        .efs("DELETE", &format!("file-systems/{volume}"), "", None)
        .unwrap();
    client.wait(100);
    assert_eq!(seen(&client), BTreeMap::new());
}

/// Facts: 1.4.5, 1.5.8
#[test]
fn delete_takes_the_home_apart_step_by_step() {
    for groups_go_with_volume in [false, true] {
        let mut client = Client::with(Switches {
            groups_go_with_volume,
            ..Switches::default()
        });
        steady(&mut client);
        let domain = client.domain("studio");
        let policy =
            json!({"DomainId": domain, "RetentionPolicy": {"HomeEfsFileSystem": "Delete"}});
        client.call("DeleteDomain", &policy).unwrap();
        let unmounting = picture(&[
            ("Domain Deleting", 1),
            ("FileSystem available", 1),
            ("MountTarget deleting", 2),
            ("NetworkInterface in-use", 2),
            ("group", 2),
        ]);
        let unmounted = picture(&[
            ("Domain Deleting", 1),
            ("FileSystem deleting", 1),
            ("group", 2),
        ]);
        let bare = picture(&[("Domain Deleting", 1), ("group", 2)]);
        let left = if groups_go_with_volume {
            BTreeMap::new()
        } else {
            picture(&[("group", 2)])
        };
        let expected = [unmounting, unmounted, bare, left];
        assert_eq!(history(&mut client), expected);
    }
}

/// Facts: 1.5.10, F.2
#[test]
fn a_domain_without_a_volume_can_get_one_later() {
    for groups_without_volume in [true, false] {
        let mut client = Client::with(Switches {
            groups_without_volume,
            ..Switches::default()
        });
        let mut input = client.domain_input("studio");
        input["HomeEfsFileSystemCreation"] = json!("Disabled");
        let made = client.call("CreateDomain", &input).unwrap();
        let one = json!({"DomainId": made["DomainId"]});
        assert_eq!(
            course(&mut client, "DescribeDomain", &one),
            ["Pending", "InService"]
        );
        let shown = client.call("DescribeDomain", &one).unwrap();
        assert_eq!(shown["HomeEfsFileSystemCreation"], "Disabled");
        assert_eq!(shown["HomeEfsFileSystemId"], Value::Null);
        let mut bare = picture(&[("Domain InService", 1)]);
        if groups_without_volume {
            bare.insert("group".to_owned(), 2);
        }
        assert_eq!(seen(&client), bare);
        let domain = made["DomainId"].as_str().unwrap();
        make_profile(&mut client, domain, "alice");
        assert_eq!(
            status(
                &mut client,
                "DescribeUserProfile",
                &profile(domain, "alice")
            ),
            "InService"
        );
        let update = json!({"DomainId": domain, "HomeEfsFileSystemCreation": "Enabled"});
        client.call("UpdateDomain", &update).unwrap();
        assert_eq!(
            course(&mut client, "DescribeDomain", &one),
            ["Updating", "InService"]
        );
        assert_eq!(seen(&client), whole());
        let back = json!({"DomainId": domain, "HomeEfsFileSystemCreation": "Disabled"});
        let refused = client.call("UpdateDomain", &back).unwrap_err();
        assert!(
            refused.1.contains("from Enabled to Disabled"),
            "{}",
            refused.1
        );
    }
}

/// Facts: 1.5.11, 7.4
#[test]
fn a_volume_without_its_tag_cannot_be_removed_by_the_service() {
    let mut client = Client::new();
    let domain = client.domain("studio");
    let volume = client.rows("AWS::EFS::FileSystem")[0].id.clone();
    let path = format!("resource-tags/{volume}");
    client
        .efs(
            "DELETE",
            &path,
            "tagKeys=ManagedByAmazonSageMakerResource",
            None,
        )
        .unwrap();
    let one = json!({"DomainId": domain});
    let policy = json!({"DomainId": domain, "RetentionPolicy": {"HomeEfsFileSystem": "Delete"}});
    client.call("DeleteDomain", &policy).unwrap();
    assert_eq!(
        course(&mut client, "DescribeDomain", &one),
        ["Deleting", "Delete_Failed"]
    );
    let reason = client.call("DescribeDomain", &one).unwrap()["FailureReason"].clone();
    assert!(reason.as_str().unwrap().contains(&volume), "{reason}");
    client.call("DeleteDomain", &one).unwrap();
    assert_eq!(
        course(&mut client, "DescribeDomain", &one),
        ["Deleting", "gone"]
    );
}

/// The rules of a group.
fn rules(client: &mut Client, id: &str) -> usize {
    let filter = [("Filter.1.Name", "group-id"), ("Filter.1.Value.1", id)];
    let shown = ec2(client, "DescribeSecurityGroupRules", &filter).unwrap();
    texts(&shown, "securityGroupRuleId").len()
}

/// Facts: 7.4
#[test]
fn a_group_without_its_tag_is_left_by_the_service() {
    for (stripped, other) in [("inbound", "outbound"), ("outbound", "inbound")] {
        let mut client = Client::with(Switches {
            groups_go_with_volume: true,
            ..Switches::default()
        });
        let domain = client.domain("studio");
        let stripped = group_id(&mut client, stripped, &domain);
        let other = group_id(&mut client, other, &domain);
        let tag = [
            ("ResourceId.1", stripped.as_str()),
            ("Tag.1.Key", "ManagedByAmazonSageMakerResource"),
        ];
        ec2(&mut client, "DeleteTags", &tag).unwrap();
        let one = json!({"DomainId": domain});
        let policy =
            json!({"DomainId": domain, "RetentionPolicy": {"HomeEfsFileSystem": "Delete"}});
        client.call("DeleteDomain", &policy).unwrap();
        assert_eq!(
            course(&mut client, "DescribeDomain", &one),
            ["Deleting", "gone"]
        );
        assert_eq!(
            (rules(&mut client, &stripped), rules(&mut client, &other)),
            (3, 0)
        );
        // The rules that are left hold the other group.
        assert_eq!(seen(&client), picture(&[("group", 2)]));
    }
}

/// Facts: 1.5.2, 1.5.5
#[test]
fn how_interfaces_of_studio_are_shown_is_not_known() {
    for other in [false, true] {
        let mut client = Client::with(Switches {
            app_interfaces_requester_managed: other,
            mount_target_interfaces_are_plain: other,
            ..Switches::default()
        });
        client.studio();
        let place = Client::place();
        let interfaces = client.world.region(&place).ec2.interfaces.values();
        let (targets, apps): (Vec<_>, Vec<_>) =
            interfaces.partition(|it| it.description.starts_with("EFS mount target"));
        let kind = if other { "interface" } else { "efs" };
        assert!(targets.iter().all(|it| it.kind == kind));
        assert!(apps.iter().all(|it| it.requester_managed == other));
        assert_eq!((targets.len(), apps.len()), (2, 1));
    }
}
