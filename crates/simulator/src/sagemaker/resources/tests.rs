use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::Switches;
use crate::cloudformation::resource::{self, Failure, Progress, Request, ResourceType};
use crate::sagemaker::testing::{Client, space};

/// A handler that is asked as the engine asks it.
struct Stack {
    client: Client,
    tags: BTreeMap<String, String>,
}

impl Stack {
    fn new(switches: Switches) -> Self {
        let tags = BTreeMap::from([("environment".to_owned(), "lab".to_owned())]);
        Self {
            client: Client::with(switches),
            tags,
        }
    }

    fn domain_properties(&mut self) -> Value {
        let (vpc, subnets, group) = self.client.network();
        json!({
            "DomainName": "studio", "AuthMode": "IAM", "VpcId": vpc, "SubnetIds": &subnets[..2],
            "AppNetworkAccessType": "VpcOnly",
            "DefaultUserSettings": {
                "ExecutionRole": Client::role(), "SecurityGroups": [group],
                "JupyterLabAppSettings": {"AppLifecycleManagement": {"IdleSettings": {
                    "LifecycleManagement": "ENABLED", "IdleTimeoutInMinutes": "60"}}},
            },
        })
    }

    fn create(
        &mut self,
        kind: &str,
        logical_id: &str,
        properties: &Value,
    ) -> Result<String, Failure> {
        let place = Client::place();
        let request = Request {
            place: &place,
            stack_name: "lab-studio",
            stack_id: "arn:aws:cloudformation:us-east-1:111122223333:stack/lab-studio/1",
            logical_id,
            properties,
            stack_tags: &self.tags,
            old_stack_tags: &BTreeMap::new(),
        };
        handler(kind).create(&mut self.client.world, &request)
    }

    fn progress(&mut self, kind: &str, id: &str) -> Progress {
        let place = Client::place();
        handler(kind).progress(&mut self.client.world, &place, id)
    }

    fn delete(&mut self, kind: &str, id: &str) -> Progress {
        let place = Client::place();
        handler(kind).delete(&mut self.client.world, &place, id, &Value::Null)
    }

    fn deletion(&mut self, kind: &str, id: &str) -> Progress {
        let place = Client::place();
        handler(kind).deletion(&mut self.client.world, &place, id, &Value::Null)
    }
}

fn handler(kind: &str) -> &'static dyn ResourceType {
    resource::find(kind).unwrap()
}

const DOMAIN: &str = "AWS::SageMaker::Domain";
const PROFILE: &str = "AWS::SageMaker::UserProfile";

/// Facts: 1.4.7
#[test]
fn a_domain_is_made_with_the_stacks_tags_and_deleted_without_its_home() {
    let mut stack = Stack::new(Switches::default());
    let properties = stack.domain_properties();
    let id = stack.create(DOMAIN, "Domain", &properties).unwrap();
    assert_eq!(stack.progress(DOMAIN, &id), Progress::Working);
    stack.client.wait(700);
    assert_eq!(stack.progress(DOMAIN, &id), Progress::Done);
    let row = stack.client.rows(DOMAIN).remove(0);
    assert_eq!(row.tags, stack.tags);
    let place = Client::place();
    let volume =
        handler(DOMAIN).attribute(&mut stack.client.world, &place, &id, "HomeEfsFileSystemId");
    assert!(volume.unwrap().as_str().unwrap().starts_with("fs-"));
    assert_eq!(stack.delete(DOMAIN, &id), Progress::Working);
    stack.client.wait(300);
    assert_eq!(stack.deletion(DOMAIN, &id), Progress::Done);
    assert_eq!(stack.delete(DOMAIN, &id), Progress::Done);
    assert_eq!(stack.client.rows("AWS::EFS::FileSystem").len(), 1);
    assert_eq!(stack.client.rows("AWS::EFS::MountTarget").len(), 2);
    let nfs = |row: &crate::Row| row.tags.contains_key("ManagedByAmazonSageMakerResource");
    let mut groups = stack.client.rows("AWS::EC2::SecurityGroup");
    groups.retain(nfs);
    assert_eq!(groups.len(), 2);
}

/// Facts: F.7
#[test]
fn what_replaces_a_domain_and_what_does_not() {
    let replacing = handler(DOMAIN).create_only();
    for name in ["Tags", "DomainName", "AuthMode", "KmsKeyId"] {
        assert!(replacing.contains(&name), "{name}");
    }
    for name in ["SubnetIds", "AppNetworkAccessType", "DefaultUserSettings"] {
        assert!(!replacing.contains(&name), "{name}");
    }
}

#[test]
fn what_a_domain_tells_a_template() {
    let mut stack = Stack::new(Switches::default());
    let mut properties = stack.domain_properties();
    properties["AppSecurityGroupManagement"] = json!("Service");
    properties["DomainSettings"] =
        json!({"RStudioServerProDomainSettings": {"DomainExecutionRoleArn": Client::role()}});
    let id = stack.create(DOMAIN, "Domain", &properties).unwrap();
    stack.client.wait(1200);
    assert_eq!(handler(DOMAIN).reference(&id), id);
    let place = Client::place();
    let mut value = |name: &str| {
        assert!(handler(DOMAIN).has_attribute(name), "{name}");
        let value = handler(DOMAIN).attribute(&mut stack.client.world, &place, &id, name);
        value.and_then(|value| value.as_str().map(str::to_owned))
    };
    assert_eq!(value("DomainId"), Some(id.clone()));
    assert!(value("DomainArn").unwrap().ends_with(&id));
    assert!(
        value("SecurityGroupIdForDomainBoundary")
            .unwrap()
            .starts_with("sg-")
    );
    assert!(value("Url").unwrap().contains(&id));
    assert_eq!(value("SingleSignOnApplicationArn"), None);
    // The server that came along holds the domain, and the stack's deletion fails on it.
    let Progress::Failed(failure) = stack.delete(DOMAIN, &id) else {
        panic!("no failure")
    };
    assert_eq!(failure.handler_code, "ResourceConflict");
}

#[test]
fn idle_minutes_are_a_number_again() {
    let mut stack = Stack::new(Switches::default());
    let properties = stack.domain_properties();
    let id = stack.create(DOMAIN, "Domain", &properties).unwrap();
    let shown = stack
        .client
        .call("DescribeDomain", &json!({"DomainId": id}))
        .unwrap();
    let path = "/DefaultUserSettings/JupyterLabAppSettings/AppLifecycleManagement/IdleSettings/IdleTimeoutInMinutes";
    assert_eq!(shown.pointer(path), Some(&json!(60)));
}

#[test]
fn a_taken_name_already_exists() {
    let mut stack = Stack::new(Switches::default());
    let properties = stack.domain_properties();
    stack.create(DOMAIN, "Domain", &properties).unwrap();
    let failure = stack.create(DOMAIN, "Second", &properties).unwrap_err();
    assert_eq!(failure.handler_code, "AlreadyExists");
    assert_eq!(
        failure.message,
        "Resource of type 'AWS::SageMaker::Domain' with identifier 'studio' already exists."
    );
}

/// Facts: F.6
#[test]
fn a_domain_that_fails_did_not_stabilize() {
    let reason = "KMS key 'null' does not exist.";
    for domain_failure_tells_cause in [false, true] {
        let switches = Switches {
            domain_failure_tells_cause,
            ..Switches::default()
        };
        let mut stack = Stack::new(switches);
        stack
            .client
            .fault(json!({"match": {"type": DOMAIN, "operation": "create"},
            "effect": {"kind": "fail", "reason": reason}}));
        let properties = stack.domain_properties();
        let id = stack.create(DOMAIN, "Domain", &properties).unwrap();
        stack.client.wait(700);
        let Progress::Failed(failure) = stack.progress(DOMAIN, &id) else {
            panic!("no failure")
        };
        assert_eq!(failure.handler_code, "NotStabilized");
        assert_eq!(failure.message.contains(reason), domain_failure_tells_cause);
        assert_eq!(
            failure.message.contains("'studio' did not stabilize."),
            !domain_failure_tells_cause
        );
    }
}

/// Facts: 1.4.8
#[test]
fn a_profile_with_spaces_is_a_conflict() {
    let mut stack = Stack::new(Switches::default());
    let domain = stack.client.domain("studio");
    let properties = json!({"DomainId": domain, "UserProfileName": "alice"});
    let id = stack.create(PROFILE, "Profile", &properties).unwrap();
    assert_eq!(id, format!("{domain}|alice"));
    stack.client.wait(200);
    assert_eq!(stack.progress(PROFILE, &id), Progress::Done);
    stack.client.call("CreateSpace", &space(&domain)).unwrap();
    let Progress::Failed(failure) = stack.delete(PROFILE, &id) else {
        panic!("no failure")
    };
    assert_eq!(
        (failure.handler_code, failure.cause.as_str()),
        ("ResourceConflict", "ResourceInUse")
    );
}

/// Facts: F.4
#[test]
fn the_profile_of_a_vanished_domain() {
    for vanished_domain_is_validation_error in [true, false] {
        let switches = Switches {
            vanished_domain_is_validation_error,
            ..Switches::default()
        };
        let mut stack = Stack::new(switches);
        let done = stack.delete(PROFILE, "d-gone|alice") == Progress::Done;
        assert_eq!(done, !vanished_domain_is_validation_error);
    }
}

#[test]
fn templates_are_checked_against_the_schema() {
    let mut stack = Stack::new(Switches::default());
    let mut properties = stack.domain_properties();
    assert_eq!(handler(DOMAIN).check(&properties), Ok(()));
    properties["RetentionPolicy"] = json!("Delete");
    assert!(
        handler(DOMAIN)
            .check(&properties)
            .unwrap_err()
            .contains("RetentionPolicy")
    );
    let app = json!({"AppName": "default", "AppType": "JupyterLab", "DomainId": "d-1", "UserProfileName": "a"});
    assert!(
        handler("AWS::SageMaker::App")
            .check(&app)
            .unwrap_err()
            .contains("JupyterLab")
    );
}

#[test]
fn classic_apps_cannot_be_made() {
    let mut stack = Stack::new(Switches::default());
    let domain = stack.client.domain("studio");
    let app = json!({"AppName": "default", "AppType": "JupyterServer", "DomainId": domain, "UserProfileName": "a"});
    let failure = stack
        .create("AWS::SageMaker::App", "App", &app)
        .unwrap_err();
    assert_eq!(failure.handler_code, "InvalidRequest");
    assert!(failure.message.contains("Classic"));
}

#[test]
fn models_get_names_and_are_known_by_arn() {
    let mut stack = Stack::new(Switches::default());
    let kind = "AWS::SageMaker::Model";
    let properties =
        json!({"ExecutionRoleArn": Client::role(), "PrimaryContainer": {"Image": "image"}});
    let id = stack.create(kind, "Model", &properties).unwrap();
    assert!(
        id.starts_with("arn:aws:sagemaker:us-east-1:111122223333:model/model-"),
        "{id}"
    );
    let place = Client::place();
    let name = handler(kind)
        .attribute(&mut stack.client.world, &place, &id, "ModelName")
        .unwrap();
    assert!(name.as_str().unwrap().starts_with("Model-"));
    assert_eq!(stack.delete(kind, &id), Progress::Done);
    assert_eq!(stack.delete(kind, &id), Progress::Done);
}

#[test]
fn a_volume_with_mount_targets_is_a_conflict() {
    let mut stack = Stack::new(Switches::default());
    let volume = stack
        .create(
            "AWS::EFS::FileSystem",
            "Volume",
            &json!({"Encrypted": "true"}),
        )
        .unwrap();
    stack.client.wait(60);
    let (_, subnets, group) = stack.client.network();
    let target = json!({"FileSystemId": volume, "SubnetId": subnets[0], "SecurityGroups": [group]});
    let target = stack
        .create("AWS::EFS::MountTarget", "Target", &target)
        .unwrap();
    stack.client.wait(200);
    assert_eq!(
        stack.progress("AWS::EFS::MountTarget", &target),
        Progress::Done
    );
    let Progress::Failed(failure) = stack.delete("AWS::EFS::FileSystem", &volume) else {
        panic!("no failure")
    };
    assert_eq!(failure.cause, "FileSystemInUse");
    assert_eq!(
        stack.delete("AWS::EFS::MountTarget", &target),
        Progress::Working
    );
    stack.client.wait(100);
    assert_eq!(
        stack.deletion("AWS::EFS::MountTarget", &target),
        Progress::Done
    );
    assert_eq!(
        stack.delete("AWS::EFS::FileSystem", &volume),
        Progress::Working
    );
    let tags = &stack.client.rows("AWS::EFS::FileSystem")[0].tags;
    assert_eq!(tags["aws:cloudformation:logical-id"], "Volume");
}

#[test]
fn the_row_of_a_member_is_known_by_its_physical_id() {
    let row = |kind, id| handler(kind).row_id(id);
    assert_eq!(
        row("AWS::SageMaker::App", "default|JupyterServer|d-1|ann"),
        "d-1/ann/JupyterServer/default"
    );
    assert_eq!(row("AWS::SageMaker::UserProfile", "d-1|ann"), "d-1/ann");
}
