//! Keys of stacks.

use std::time::Duration;

use serde_json::{Value, json};

use crate::row::{Row, Scope};
use crate::sagemaker::testing::Client;

fn template(more: &str, properties: &str) -> String {
    format!(
        "{{Resources: {{Key: {{Type: AWS::KMS::Key, {more} Properties: {{{properties}}}}}}}, Outputs: \
         {{Id: {{Value: !Ref Key}}, Also: {{Value: !GetAtt Key.KeyId}}, Arn: {{Value: !GetAtt Key.Arn}}}}}}"
    )
}

fn operate(client: &mut Client, action: &str, template: &str) {
    let members = [("StackName", "secure"), ("TemplateBody", template)];
    client.stack(action, &members);
    client.wait(300);
}

fn create(client: &mut Client, template: &str) -> String {
    operate(client, "CreateStack", template);
    key(client).id
}

fn delete(client: &mut Client) {
    client.stack("DeleteStack", &[("StackName", "secure")]);
    client.wait(300);
}

fn key(client: &Client) -> Row {
    client.rows("AWS::KMS::Key").remove(0)
}

fn days(client: &mut Client, days: u32) {
    client.wait((Duration::from_hours(24) * days).as_secs());
}

/// Facts: 3.8.11
#[test]
fn a_key_waits_for_its_deletion_after_its_stack() {
    for (properties, window) in [("", 30), ("PendingWindowInDays: 7", 7)] {
        let mut client = Client::new();
        let id = create(&mut client, &template("", properties));
        assert_eq!(id.len(), 36);
        let shown = client.stack("DescribeStacks", &[("StackName", "secure")]);
        let arn = key(&client).arn;
        assert!(shown.contains(&arn) && arn.ends_with(&format!("key/{id}")));
        let row = key(&client);
        assert_eq!(
            (row.status.as_str(), row.scope),
            ("Enabled", Scope::Environment)
        );
        assert_eq!(row.stack.as_deref(), Some("secure"));
        delete(&mut client);
        let row = key(&client);
        assert_eq!(
            (row.status.as_str(), row.scope),
            ("PendingDeletion", Scope::Account)
        );
        assert_eq!(row.stack, None);
        days(&mut client, window - 1);
        assert_eq!(client.rows("AWS::KMS::Key").len(), 1);
        days(&mut client, 1);
        assert!(client.rows("AWS::KMS::Key").is_empty());
    }
}

/// Facts: 3.8.12
#[test]
fn a_key_that_is_to_be_retained_stays_as_it_is() {
    let mut client = Client::new();
    let id = create(&mut client, &template("DeletionPolicy: Retain,", ""));
    delete(&mut client);
    days(&mut client, 31);
    let row = key(&client);
    assert_eq!((row.id, row.status.as_str()), (id, "Enabled"));
}

/// Facts: 3.8.13
#[test]
fn a_key_is_changed_in_place() {
    let mut client = Client::new();
    let id = create(&mut client, &template("", "Description: one"));
    let changed = "Enabled: false, EnableKeyRotation: true, Tags: [{Key: team, Value: blue}]";
    operate(&mut client, "UpdateStack", &template("", changed));
    let row = key(&client);
    assert_eq!((row.id, row.status.as_str()), (id, "Disabled"));
    assert_eq!(row.tags["team"], "blue");
    assert!(row.tags.keys().all(|tag| !tag.starts_with("aws:")));
}

/// Facts: 3.8.13
#[test]
fn what_no_key_can_be_is_refused() {
    for properties in [
        "PendingWindowInDays: 6",
        "RotationPeriodInDays: 30",
        "KeySpec: RSA_2048",
        "KeyPolicy: {Statement: [{Effect: Allow, Action: 'kms:*', Resource: '*'}]}",
        "Alias: mine",
    ] {
        let mut client = Client::new();
        operate(&mut client, "CreateStack", &template("", properties));
        assert!(client.rows("AWS::KMS::Key").is_empty(), "{properties}");
    }
}

/// A domain with this key when it has come to rest, and the key of its volume.
fn domain(client: &mut Client, key: &str) -> (Value, Value) {
    let mut input = client.domain_input("lab");
    input["KmsKeyId"] = json!(key);
    let made = client.call("CreateDomain", &input).unwrap();
    client.wait(700);
    let one = json!({"DomainId": made["DomainId"]});
    let shown = client.call("DescribeDomain", &one).unwrap();
    let volumes = client.efs("GET", "file-systems", "", None).unwrap();
    (shown, volumes["FileSystems"][0]["KmsKeyId"].clone())
}

/// Facts: F.60
#[test]
fn a_volume_tells_the_arn_of_its_key_however_the_domain_names_it() {
    for by_arn in [false, true] {
        let mut client = Client::new();
        create(&mut client, &template("", ""));
        let key = key(&client);
        let named = if by_arn { &key.arn } else { &key.id };
        let (shown, of_volume) = domain(&mut client, named);
        assert_eq!(shown["Status"], "InService");
        assert_eq!(shown["KmsKeyId"], *named);
        assert_eq!(of_volume, key.arn);
    }
}

/// Facts: F.61
#[test]
fn a_domain_whose_key_cannot_be_used_fails() {
    let missing = "0a1b2c3d-0000-4000-8000-000000000000";
    let mut client = Client::new();
    let (shown, volume) = domain(&mut client, missing);
    let told = format!(
        "ResourceNotFoundError: Unable to create Amazon EFS for domain '{}' because KMS key '{missing}' does not exist. \
         You must choose a key that exists.",
        shown["DomainId"].as_str().unwrap()
    );
    assert_eq!(
        (&shown["Status"], &shown["FailureReason"]),
        (&json!("Failed"), &json!(told))
    );
    assert_eq!(volume, Value::Null);

    let mut client = Client::new();
    create(&mut client, &template("", ""));
    delete(&mut client);
    let arn = key(&client).arn;
    let (shown, _) = domain(&mut client, &arn);
    let told = format!("KMSInvalidStateException: {arn} is pending deletion.");
    assert_eq!(
        (&shown["Status"], &shown["FailureReason"]),
        (&json!("Failed"), &json!(told))
    );
}
