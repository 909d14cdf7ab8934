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

#[test]
fn a_volume_lives_and_goes() {
    let mut client = Client::new();
    let input = json!({"CreationToken": "home", "Encrypted": true});
    let made = client
        .efs("POST", "file-systems", "", Some(&input))
        .unwrap();
    assert_eq!(made["LifeCycleState"], "creating");
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

#[test]
fn mount_targets_block_their_volume_until_they_are_gone() {
    let mut client = Client::new();
    let id = volume(&mut client, "home");
    let target = mounted(&mut client, &id);
    let interface = client.rows("AWS::EC2::NetworkInterface").remove(0);
    assert_eq!(interface.parent.as_deref(), Some(target.as_str()));
    let path = format!("file-systems/{id}");
    assert_eq!(
        client.efs("DELETE", &path, "", None).unwrap_err().0,
        "FileSystemInUse"
    );
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
