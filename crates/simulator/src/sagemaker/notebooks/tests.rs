use serde_json::{Value, json};

use crate::Switches;
use crate::sagemaker::testing::{Client, Refusal};

fn notebook(client: &mut Client) -> Value {
    let (_, subnets, group) = client.network();
    json!({
        "NotebookInstanceName": "lab", "InstanceType": "ml.t3.medium", "RoleArn": Client::role(),
        "SubnetId": subnets[0], "SecurityGroupIds": [group], "DirectInternetAccess": "Disabled",
    })
}

fn ask(client: &mut Client, verb: &str) -> Result<Value, Refusal> {
    let one = json!({"NotebookInstanceName": "lab"});
    client.call(&format!("{verb}NotebookInstance"), &one)
}

/// Facts: 1.6.22
#[test]
fn an_instance_is_stopped_before_it_is_deleted_and_its_interface_goes_with_it() {
    let mut client = Client::new();
    let input = notebook(&mut client);
    client.call("CreateNotebookInstance", &input).unwrap();
    let (_, text) = client.call("CreateNotebookInstance", &input).unwrap_err();
    assert!(text.starts_with("Cannot create a duplicate"), "{text}");
    client.wait(500);
    let (code, text) = ask(&mut client, "Delete").unwrap_err();
    assert_eq!(code, "ValidationException");
    let wanted = "Status (InService) not in ([Stopped, Failed]). Unable to transition to (Deleting) for Notebook \
                  Instance (arn:aws:sagemaker:us-east-1:111122223333:notebook-instance/lab)";
    assert_eq!(text, wanted);
    ask(&mut client, "Stop").unwrap();
    assert!(ask(&mut client, "Stop").is_err());
    client.wait(300);
    let shown = ask(&mut client, "Describe").unwrap();
    assert_eq!(shown["NotebookInstanceStatus"], "Stopped");
    let rows = client.rows("AWS::EC2::NetworkInterface");
    assert_eq!(rows[0].id, shown["NetworkInterfaceId"]);
    assert_eq!(rows[0].parent.as_deref(), Some("lab"));
    ask(&mut client, "Delete").unwrap();
    while ask(&mut client, "Describe").is_ok() {
        client.wait(1);
    }
    assert_eq!(client.rows("AWS::EC2::NetworkInterface").len(), 1);
    client.wait(120);
    assert!(client.rows("AWS::EC2::NetworkInterface").is_empty());
    let (code, text) = ask(&mut client, "Describe").unwrap_err();
    assert_eq!(
        (code.as_str(), text.as_str()),
        ("ValidationException", "RecordNotFound")
    );
}

#[test]
fn a_stopped_instance_starts_again_and_is_changed() {
    let mut client = Client::new();
    let input = notebook(&mut client);
    client.call("CreateNotebookInstance", &input).unwrap();
    client.wait(500);
    let bigger = json!({"NotebookInstanceName": "lab", "InstanceType": "ml.t3.large"});
    assert!(client.call("UpdateNotebookInstance", &bigger).is_err());
    ask(&mut client, "Stop").unwrap();
    client.wait(300);
    client.call("UpdateNotebookInstance", &bigger).unwrap();
    client.wait(90);
    ask(&mut client, "Start").unwrap();
    client.wait(500);
    let listed = json!({"StatusEquals": "InService"});
    let listed = client.call("ListNotebookInstances", &listed).unwrap();
    assert_eq!(
        listed["NotebookInstances"][0]["InstanceType"],
        "ml.t3.large"
    );
}

/// Facts: 1.6.22
#[test]
fn the_interface_says_whose_it_is() {
    let mut client = Client::new();
    let input = notebook(&mut client);
    client.call("CreateNotebookInstance", &input).unwrap();
    let place = Client::place();
    let interfaces = &client.world.region(&place).ec2.interfaces;
    let interface = interfaces.values().next().unwrap();
    let start = "[Do not delete] Network Interface created to access resources in your VPC for SageMaker Notebook \
                 Instance ";
    assert!(interface.description.starts_with(start));
    assert!(interface.requester_id.ends_with(":SageMaker"));
}

/// Facts: 2.2.11
#[test]
fn whether_the_interface_is_requester_managed_is_a_switch() {
    for managed in [false, true] {
        let mut client = Client::with(Switches {
            app_interfaces_requester_managed: managed,
            ..Switches::default()
        });
        let input = notebook(&mut client);
        client.call("CreateNotebookInstance", &input).unwrap();
        let place = Client::place();
        let interfaces = &client.world.region(&place).ec2.interfaces;
        let interface = interfaces.values().next().unwrap();
        assert_eq!(interface.requester_managed, managed);
    }
}

#[test]
fn a_network_is_given_whole() {
    let mut client = Client::new();
    let mut input = notebook(&mut client);
    input["SecurityGroupIds"] = json!([]);
    assert!(client.call("CreateNotebookInstance", &input).is_err());
    input["SecurityGroupIds"] = json!(["sg-0"]);
    assert!(client.call("CreateNotebookInstance", &input).is_err());
    let open = json!({
        "NotebookInstanceName": "open", "InstanceType": "ml.t3.medium", "RoleArn": Client::role()});
    client.call("CreateNotebookInstance", &open).unwrap();
    assert!(client.rows("AWS::EC2::NetworkInterface").is_empty());
}
