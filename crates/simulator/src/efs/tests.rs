use serde_json::{Value, json};

use crate::Switches;
use crate::sagemaker::testing::Client;

fn volume(client: &mut Client, token: &str) -> String {
    let input = json!({"CreationToken": token, "Encrypted": true,
        "Tags": [{"Key": "Name", "Value": token}]});
    let made = client
        .efs("POST", "file-systems", "", Some(&input))
        .unwrap();
    client.wait(30);
    made["FileSystemId"].as_str().unwrap().to_owned()
}

fn mount(client: &mut Client, volume: &str, subnet: usize) -> Result<Value, (String, String)> {
    let (_, subnets, _) = client.network();
    let input = json!({"FileSystemId": volume, "SubnetId": subnets[subnet]});
    client.efs("POST", "mount-targets", "", Some(&input))
}

fn mounted(client: &mut Client, volume: &str) -> String {
    let made = mount(client, volume, 0).unwrap();
    client.wait(200);
    made["MountTargetId"].as_str().unwrap().to_owned()
}

/// Facts: 2.4.3, 2.4.16, 7.2
#[test]
fn a_volume_lives_and_goes() {
    let mut client = Client::new();
    let input = json!({"CreationToken": "home", "Encrypted": true});
    let made = client
        .efs("POST", "file-systems", "", Some(&input))
        .unwrap();
    assert_eq!(made["LifeCycleState"], "creating");
    let own = "AWSServiceRoleForAmazonElasticFileSystem";
    assert!(
        client
            .rows("AWS::IAM::Role")
            .iter()
            .any(|row| row.id == own)
    );
    let (code, _) = client
        .efs("POST", "file-systems", "", Some(&input))
        .unwrap_err();
    assert_eq!(code, "FileSystemAlreadyExists");
    client.wait(30);
    let id = made["FileSystemId"].as_str().unwrap();
    let query = format!("FileSystemId={id}");
    let shown = client.efs("GET", "file-systems", &query, None).unwrap();
    assert_eq!(shown["FileSystems"][0]["LifeCycleState"], "available");
    assert!(
        shown["FileSystems"][0]["KmsKeyId"]
            .as_str()
            .unwrap()
            .starts_with("arn:aws:kms:")
    );
    client
        .efs("DELETE", &format!("file-systems/{id}"), "", None)
        .unwrap();
    client.wait(60);
    let (code, text) = client.efs("GET", "file-systems", &query, None).unwrap_err();
    assert_eq!(
        (code.as_str(), text),
        (
            "FileSystemNotFound",
            format!("File system '{id}' does not exist.")
        )
    );
}

/// Facts: 2.4.7, 2.4.9, 2.4.12
#[test]
fn mount_targets_block_their_volume_until_they_are_gone() {
    let mut client = Client::new();
    let id = volume(&mut client, "home");
    let target = mounted(&mut client, &id);
    let interface = client.rows("AWS::EC2::NetworkInterface").remove(0);
    assert_eq!(interface.parent.as_deref(), Some(target.as_str()));
    let path = format!("file-systems/{id}");
    let (code, text) = client.efs("DELETE", &path, "", None).unwrap_err();
    assert_eq!(code, "FileSystemInUse");
    let expected = format!("Cannot delete file system '{id}' that has mount targets.");
    assert_eq!(text, expected);
    client
        .efs("DELETE", &format!("mount-targets/{target}"), "", None)
        .unwrap();
    assert_eq!(
        client.efs("DELETE", &path, "", None).unwrap_err().0,
        "FileSystemInUse"
    );
    client.wait(60);
    assert!(client.rows("AWS::EC2::NetworkInterface").is_empty());
    client.efs("DELETE", &path, "", None).unwrap();
}

/// Facts: 2.4.5, 2.4.6, 2.4.10
#[test]
fn a_second_deletion_of_a_mount_target() {
    for second_mount_target_delete_refused in [true, false] {
        let switches = Switches {
            second_mount_target_delete_refused,
            ..Switches::default()
        };
        let mut client = Client::with(switches);
        let id = volume(&mut client, "home");
        let path = format!("mount-targets/{}", mounted(&mut client, &id));
        client.efs("DELETE", &path, "", None).unwrap();
        let second = client.efs("DELETE", &path, "", None);
        assert_eq!(second.is_err(), second_mount_target_delete_refused);
        let groups = client.efs("GET", &format!("{path}/security-groups"), "", None);
        assert_eq!(groups.unwrap_err().0, "IncorrectMountTargetState");
        client.wait(60);
        assert_eq!(
            client.efs("DELETE", &path, "", None).unwrap_err().0,
            "MountTargetNotFound"
        );
    }
}

/// Facts: 2.4.4, 2.4.13
#[test]
fn one_mount_target_a_zone() {
    let mut client = Client::new();
    let id = volume(&mut client, "home");
    mount(&mut client, &id, 0).unwrap();
    assert_eq!(
        mount(&mut client, &id, 0).unwrap_err().0,
        "MountTargetConflict"
    );
    mount(&mut client, &id, 1).unwrap();
    let query = format!("FileSystemId={id}&MaxItems=1");
    let first = client.efs("GET", "mount-targets", &query, None).unwrap();
    let marker = first["NextMarker"].as_str().unwrap();
    let second = client
        .efs(
            "GET",
            "mount-targets",
            &format!("{query}&Marker={marker}"),
            None,
        )
        .unwrap();
    assert_ne!(
        first["MountTargets"][0]["MountTargetId"],
        second["MountTargets"][0]["MountTargetId"]
    );
    assert_eq!(second.get("NextMarker"), None);
    assert_eq!(
        client.efs("GET", "mount-targets", "", None).unwrap_err().0,
        "BadRequest"
    );
}

#[test]
fn groups_of_a_mount_target() {
    let mut client = Client::new();
    let id = volume(&mut client, "home");
    let path = format!(
        "mount-targets/{}/security-groups",
        mounted(&mut client, &id)
    );
    let (_, _, group) = client.network();
    let shown = client.efs("GET", &path, "", None).unwrap();
    assert_eq!(shown["SecurityGroups"], json!([group]));
    let absent = json!({"SecurityGroups": ["sg-0"]});
    assert_eq!(
        client.efs("PUT", &path, "", Some(&absent)).unwrap_err().0,
        "SecurityGroupNotFound"
    );
    client.efs("PUT", &path, "", Some(&shown)).unwrap();
}

/// Facts: F.25
#[test]
fn access_points_go_with_their_volume() {
    let mut client = Client::new();
    let id = volume(&mut client, "home");
    let input = json!({"ClientToken": "t", "FileSystemId": id, "PosixUser": {"Uid": 1, "Gid": 1}});
    let made = client
        .efs("POST", "access-points", "", Some(&input))
        .unwrap();
    assert_eq!(made["RootDirectory"]["Path"], "/");
    client.wait(10);
    let listed = client
        .efs("GET", "access-points", &format!("FileSystemId={id}"), None)
        .unwrap();
    assert_eq!(listed["AccessPoints"][0]["LifeCycleState"], "available");
    client
        .efs("DELETE", &format!("file-systems/{id}"), "", None)
        .unwrap();
    client.wait(60);
    assert!(client.rows("AWS::EFS::AccessPoint").is_empty());
}

#[test]
fn tags_and_policy_of_a_volume() {
    let mut client = Client::new();
    let id = volume(&mut client, "home");
    let tags = format!("resource-tags/{id}");
    let added = json!({"Tags": [{"Key": "a", "Value": "b"}]});
    client.efs("POST", &tags, "", Some(&added)).unwrap();
    client.efs("DELETE", &tags, "tagKeys=Name", None).unwrap();
    let listed = client.efs("GET", &tags, "", None).unwrap();
    assert_eq!(listed["Tags"], json!([{"Key": "a", "Value": "b"}]));
    let policy = format!("file-systems/{id}/policy");
    assert_eq!(
        client.efs("GET", &policy, "", None).unwrap_err().0,
        "PolicyNotFound"
    );
    client
        .efs("PUT", &policy, "", Some(&json!({"Policy": "{}"})))
        .unwrap();
    assert_eq!(
        client.efs("GET", &policy, "", None).unwrap()["Policy"],
        "{}"
    );
}

/// Facts: 2.4.1
#[test]
fn every_volume_is_listed_once() {
    let mut client = Client::new();
    let mut made: Vec<String> = ["a", "b", "c"]
        .map(|token| volume(&mut client, token))
        .into();
    made.sort();
    let (mut seen, mut query) = (Vec::new(), "MaxItems=2".to_owned());
    loop {
        let page = client.efs("GET", "file-systems", &query, None).unwrap();
        let items = page["FileSystems"].as_array().unwrap();
        seen.extend(
            items
                .iter()
                .map(|item| item["FileSystemId"].as_str().unwrap().to_owned()),
        );
        let Some(marker) = page["NextMarker"].as_str() else {
            break;
        };
        query = format!("MaxItems=2&Marker={marker}");
    }
    assert_eq!(seen, made);
}

/// Facts: 2.4.2, 2.4.4
#[test]
fn members_of_volumes_and_mount_targets() {
    let mut client = Client::new();
    let id = volume(&mut client, "home");
    let target = mounted(&mut client, &id);
    let query = format!("FileSystemId={id}");
    let shown = client.efs("GET", "file-systems", &query, None).unwrap();
    let shown = &shown["FileSystems"][0];
    assert_eq!(shown["NumberOfMountTargets"], 1);
    assert_eq!(
        (&shown["Name"], &shown["Encrypted"]),
        (&json!("home"), &json!(true))
    );
    assert!(shown["SizeInBytes"]["Value"].is_u64() && shown["Tags"].is_array());
    let query = format!("MountTargetId={target}");
    let shown = client.efs("GET", "mount-targets", &query, None).unwrap();
    let shown = &shown["MountTargets"][0];
    for member in [
        "SubnetId",
        "LifeCycleState",
        "IpAddress",
        "NetworkInterfaceId",
        "AvailabilityZoneId",
        "AvailabilityZoneName",
        "VpcId",
    ] {
        assert!(shown[member].is_string(), "{member}: {shown}");
    }
    let both = format!("FileSystemId={id}&MountTargetId={target}");
    let refused = client.efs("GET", "mount-targets", &both, None).unwrap_err();
    assert_eq!(refused.0, "BadRequest");
}

/// Facts: 2.4.17
#[test]
fn ids_have_a_form() {
    let mut client = Client::new();
    for (method, path, query) in [
        ("GET", "file-systems", "FileSystemId=fs-1"),
        ("GET", "mount-targets", "MountTargetId=fs-0123456789abcdef0"),
        ("DELETE", "mount-targets/fsmt-x", ""),
        ("DELETE", "access-points/fsap-", ""),
        ("GET", "resource-tags/home", ""),
    ] {
        let (code, text) = client.efs(method, path, query, None).unwrap_err();
        assert_eq!(code, "BadRequest", "{path} {query}");
        assert!(text.starts_with("invalid "), "{text}");
    }
}

/// Facts: 2.4.14
#[test]
fn addresses_and_groups_of_mount_targets() {
    let mut client = Client::new();
    let (one, other) = (volume(&mut client, "one"), volume(&mut client, "other"));
    let (_, subnets, group) = client.network();
    let target = |volume: &str, members: Value| {
        let mut input = json!({"FileSystemId": volume, "SubnetId": subnets[0]});
        for (name, value) in members.as_object().unwrap() {
            input[name] = value.clone();
        }
        input
    };
    let mut refused = |input: Value| {
        let answer = client.efs("POST", "mount-targets", "", Some(&input));
        answer.map_or_else(|refusal| refusal.0, |made| made["IpAddress"].to_string())
    };
    let groups = vec![group; 6];
    let many = refused(target(&one, json!({"SecurityGroups": groups})));
    assert_eq!(many, "SecurityGroupLimitExceeded");
    let absent = refused(target(&one, json!({"SecurityGroups": ["sg-0"]})));
    assert_eq!(absent, "SecurityGroupNotFound");
    let mut absent = target(&one, json!({}));
    absent["SubnetId"] = json!("subnet-0");
    assert_eq!(refused(absent), "SubnetNotFound");
    let outside = refused(target(&one, json!({"IpAddress": "192.168.0.9"})));
    assert_eq!(outside, "BadRequest");
    let first = refused(target(&one, json!({})));
    let address: String = serde_json::from_str(&first).unwrap();
    let taken = refused(target(&other, json!({"IpAddress": address})));
    assert_eq!(taken, "IpAddressInUse");
}

/// Facts: 2.4.15
#[test]
fn a_one_zone_volume_has_its_mount_target_in_its_zone() {
    let mut client = Client::new();
    let mut input = json!({"CreationToken": "one", "AvailabilityZoneName": "us-east-1z"});
    let unknown = client.efs("POST", "file-systems", "", Some(&input));
    assert_eq!(unknown.unwrap_err().0, "UnsupportedAvailabilityZone");
    let (_, subnets, _) = client.network();
    let ec2 = &client.world.region(&Client::place()).ec2;
    let zone = ec2.subnets[&subnets[1]].zone_name.clone();
    input["AvailabilityZoneName"] = json!(zone);
    let made = client
        .efs("POST", "file-systems", "", Some(&input))
        .unwrap();
    assert_eq!(made["AvailabilityZoneName"], json!(zone));
    client.wait(30);
    let id = made["FileSystemId"].as_str().unwrap();
    let elsewhere = mount(&mut client, id, 0).unwrap_err().0;
    assert_eq!(elsewhere, "AvailabilityZonesMismatch");
    mount(&mut client, id, 1).unwrap();
    let path = format!("file-systems/{id}/backup-policy");
    let policy = client.efs("GET", &path, "", None).unwrap();
    assert_eq!(policy["BackupPolicy"]["Status"], "ENABLED");
}

/// Facts: F.26
#[test]
fn a_volume_may_have_a_backup_policy() {
    let mut client = Client::new();
    let id = volume(&mut client, "home");
    let path = format!("file-systems/{id}/backup-policy");
    let none = client.efs("GET", &path, "", None).unwrap_err();
    assert_eq!(none.0, "PolicyNotFound");
    let input = json!({"BackupPolicy": {"Status": "ENABLED"}});
    client.efs("PUT", &path, "", Some(&input)).unwrap();
    assert_eq!(client.efs("GET", &path, "", None).unwrap(), input);
    let strange = json!({"BackupPolicy": {"Status": "ENABLING"}});
    let refused = client.efs("PUT", &path, "", Some(&strange)).unwrap_err();
    assert_eq!(refused.0, "BadRequest");
}

/// Facts: F.25
#[test]
fn a_volume_in_a_replication_is_not_deleted() {
    for replicated_volume_is_bad_request in [false, true] {
        let mut client = Client::with(Switches {
            replicated_volume_is_bad_request,
            ..Switches::default()
        });
        let id = volume(&mut client, "home");
        let path = format!("file-systems/{id}/replication-configuration");
        let input = json!({"Destinations": [{"Region": "eu-west-1"}]});
        let made = client.efs("POST", &path, "", Some(&input)).unwrap();
        let destination = &made["Destinations"][0];
        assert_eq!(destination["Status"], "ENABLING");
        assert!(
            destination["FileSystemId"]
                .as_str()
                .unwrap()
                .starts_with("fs-")
        );
        let twice = client.efs("POST", &path, "", Some(&input)).unwrap_err();
        assert_eq!(twice.0, "ConflictException");
        let volume_path = format!("file-systems/{id}");
        let refused = client.efs("DELETE", &volume_path, "", None).unwrap_err().0;
        let expected = if replicated_volume_is_bad_request {
            "BadRequest"
        } else {
            "FileSystemInUse"
        };
        assert_eq!(refused, expected);
        client.wait(601);
        let query = format!("FileSystemId={id}");
        let list = "file-systems/replication-configurations";
        let shown = client.efs("GET", list, &query, None).unwrap();
        assert_eq!(
            shown["Replications"][0]["Destinations"][0]["Status"],
            "ENABLED"
        );
        client.efs("DELETE", &path, "", None).unwrap();
        assert_eq!(
            client.efs("DELETE", &volume_path, "", None).unwrap_err().0,
            expected
        );
        client.wait(601);
        let gone = client.efs("GET", list, &query, None).unwrap_err().0;
        assert_eq!(gone, "ReplicationNotFound");
        client.efs("DELETE", &volume_path, "", None).unwrap();
        client.wait(31);
        // The copy stays, writable, and costs.
        assert_eq!(client.rows("AWS::EFS::FileSystem").len(), 1);
    }
}

#[test]
fn a_copy_is_made_in_a_region_of_the_account() {
    let mut client = Client::new();
    let id = volume(&mut client, "home");
    let path = format!("file-systems/{id}/replication-configuration");
    // The account has not opted in to the last of them.
    for region in ["", "banana", "af-south-1"] {
        let input = json!({"Destinations": [{"Region": region}]});
        let (code, _) = client.efs("POST", &path, "", Some(&input)).unwrap_err();
        assert_eq!(code, "BadRequest", "{region}");
    }
    assert_eq!(client.rows("AWS::EFS::FileSystem").len(), 1);
    let volume = format!("file-systems/{id}");
    client.efs("DELETE", &volume, "", None).unwrap();
}

/// Facts: 2.4.11, F.27
#[test]
fn a_policy_can_deny_looking_and_deleting() {
    let mut client = Client::new();
    let id = volume(&mut client, "home");
    let path = format!("file-systems/{id}/policy");
    let policy = |actions: &Value| {
        let insecure = json!({"Effect": "Deny", "Principal": "*", "Action": "*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}}});
        let denial = json!({"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": actions});
        json!({"Policy": json!({"Statement": [insecure, denial]}).to_string()})
    };
    let lockout = policy(&json!("elasticfilesystem:*"));
    let refused = client.efs("PUT", &path, "", Some(&lockout)).unwrap_err();
    assert_eq!(refused.0, "InvalidPolicyException");
    let denied = [
        "elasticfilesystem:DescribeMountTargets",
        "elasticfilesystem:Delete*System",
    ];
    let input = policy(&json!(denied));
    client.efs("PUT", &path, "", Some(&input)).unwrap();
    let query = format!("FileSystemId={id}");
    client.efs("GET", "file-systems", &query, None).unwrap();
    for (method, path, query) in [
        ("GET", "mount-targets", query.as_str()),
        ("DELETE", &format!("file-systems/{id}"), ""),
    ] {
        let (code, text) = client.efs(method, path, query, None).unwrap_err();
        assert_eq!(code, "AccessDeniedException", "{text}");
    }
    client.efs("DELETE", &path, "", None).unwrap();
    client
        .efs("DELETE", &format!("file-systems/{id}"), "", None)
        .unwrap();
    let id = volume(&mut client, "other");
    let unknown = json!({"Policy": json!({"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*",
        "Condition": {"StringEquals": {"aws:PrincipalTag/team": "a"}}}]}).to_string()});
    let path = format!("file-systems/{id}/policy");
    let refused = client.efs("PUT", &path, "", Some(&unknown)).unwrap_err();
    assert_eq!(refused.0, "InvalidPolicyException");
}

#[test]
fn a_mount_target_may_be_slow_to_let_go() {
    let mut client = Client::new();
    let id = volume(&mut client, "home");
    let path = format!("mount-targets/{}", mounted(&mut client, &id));
    client.fault(json!({
        "match": {"action": "elasticfilesystem:DeleteMountTarget", "times": 1},
        "answer": {"kind": "error", "code": "DependencyTimeout", "message": "timed out", "status": 504},
    }));
    let refused = client.efs("DELETE", &path, "", None).unwrap_err();
    assert_eq!(refused.0, "DependencyTimeout");
    client.efs("DELETE", &path, "", None).unwrap();
}

/// Facts: 2.4.18
#[test]
fn lists_of_volumes_and_mount_targets_may_lag() {
    for lists_lag in [true, false] {
        let mut client = Client::with_lists(lists_lag);
        let input = json!({"CreationToken": "home"});
        let made = client
            .efs("POST", "file-systems", "", Some(&input))
            .unwrap();
        let id = made["FileSystemId"].as_str().unwrap();
        let volumes = |client: &mut Client| {
            let shown = client.efs("GET", "file-systems", "", None).unwrap();
            shown["FileSystems"].as_array().unwrap().len()
        };
        let query = format!("FileSystemId={id}");
        let named = client.efs("GET", "file-systems", &query, None);
        assert_eq!(
            (volumes(&mut client), named.is_err()),
            if lists_lag { (0, true) } else { (1, false) }
        );
        client.wait(30);
        assert_eq!(volumes(&mut client), 1);
        let target = mounted(&mut client, id);
        client
            .efs("DELETE", &format!("mount-targets/{target}"), "", None)
            .unwrap();
        while !client.rows("AWS::EFS::MountTarget").is_empty() {
            client.wait(1);
        }
        let targets = |client: &mut Client| {
            let shown = client.efs("GET", "mount-targets", &query, None).unwrap();
            shown["MountTargets"].as_array().unwrap().len()
        };
        assert_eq!(targets(&mut client), usize::from(lists_lag));
        client.wait(4);
        assert_eq!(targets(&mut client), 0);
    }
}

/// Facts: 2.4.18
#[test]
fn lists_of_access_points_may_lag() {
    for lists_lag in [true, false] {
        let mut client = Client::with_lists(lists_lag);
        let id = volume(&mut client, "home");
        let input = json!({"FileSystemId": id, "ClientToken": "door"});
        let made = client
            .efs("POST", "access-points", "", Some(&input))
            .unwrap();
        let point = made["AccessPointId"].as_str().unwrap();
        let points = |client: &mut Client, query: &str| {
            let shown = client.efs("GET", "access-points", query, None);
            shown.map(|shown| shown["AccessPoints"].as_array().unwrap().len())
        };
        let of_volume = format!("FileSystemId={id}");
        let by_id = format!("AccessPointId={point}");
        let at_once = usize::from(!lists_lag);
        assert_eq!(points(&mut client, "").unwrap(), at_once);
        assert_eq!(points(&mut client, &of_volume).unwrap(), at_once);
        assert_eq!(points(&mut client, &by_id).is_err(), lists_lag);
        client.wait(30);
        assert_eq!(points(&mut client, &of_volume).unwrap(), 1);
        assert_eq!(points(&mut client, &by_id).unwrap(), 1);
        client
            .efs("DELETE", &format!("access-points/{point}"), "", None)
            .unwrap();
        while !client.rows("AWS::EFS::AccessPoint").is_empty() {
            client.wait(1);
        }
        assert_eq!(
            points(&mut client, &of_volume).unwrap(),
            usize::from(lists_lag)
        );
        client.wait(4);
        assert_eq!(points(&mut client, &of_volume).unwrap(), 0);
    }
}

/// Facts: 8.32
#[test]
fn access_points_of_a_volume_have_a_quota() {
    let mut client = Client::new();
    client.world.quotas.set("access-points", 1).unwrap();
    let id = volume(&mut client, "home");
    let point = |token: &str| json!({"FileSystemId": id, "ClientToken": token});
    client
        .efs("POST", "access-points", "", Some(&point("one")))
        .unwrap();
    let refused = client
        .efs("POST", "access-points", "", Some(&point("two")))
        .unwrap_err();
    assert_eq!(refused.0, "AccessPointLimitExceeded");
}
