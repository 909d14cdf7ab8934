//! Scalable targets over the wire.

use serde_json::{Value, json};

use crate::Switches;
use crate::row::Scope;
use crate::sagemaker::testing::{Client, Refusal};
use crate::service::Service;

const TARGET: &str = "AWS::ApplicationAutoScaling::ScalableTarget";
const POLICY: &str = "AWS::ApplicationAutoScaling::ScalingPolicy";

fn ask(client: &mut Client, action: &str, input: &Value) -> Result<Value, Refusal> {
    client.ask(Service::AutoScaling, action, input)
}

/// Starts an endpoint with the variant `all`.
fn start(client: &mut Client, name: &str) {
    let model = json!({"ModelName": name, "ExecutionRoleArn": Client::role(), "PrimaryContainer": {"Image": "image"}});
    client.call("CreateModel", &model).unwrap();
    let variant = json!({"VariantName": "all", "ModelName": name, "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1});
    let config = json!({"EndpointConfigName": name, "ProductionVariants": [variant]});
    client.call("CreateEndpointConfig", &config).unwrap();
    let endpoint = json!({"EndpointName": name, "EndpointConfigName": name});
    client.call("CreateEndpoint", &endpoint).unwrap();
}

fn serving() -> Client {
    let mut client = Client::new();
    start(&mut client, "chat");
    client.wait(2000);
    client
}

/// The name of a target, with whatever else a call wants.
fn variant(resource: &str, more: &Value) -> Value {
    let mut input = json!({
        "ServiceNamespace": "sagemaker", "ResourceId": resource,
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    });
    for (name, value) in more.as_object().unwrap() {
        input[name] = value.clone();
    }
    input
}

fn chat(more: &Value) -> Value {
    variant("endpoint/chat/variant/all", more)
}

fn register(client: &mut Client) {
    let input = chat(&json!({"MinCapacity": 1, "MaxCapacity": 4, "Tags": {"team": "blue"}}));
    ask(client, "RegisterScalableTarget", &input).unwrap();
}

fn tracking(name: &str) -> Value {
    let metric = json!({"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"});
    chat(&json!({
        "PolicyName": name, "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration":
            {"TargetValue": 70.0, "PredefinedMetricSpecification": metric},
    }))
}

fn targets(client: &mut Client) -> Vec<Value> {
    let input = json!({"ServiceNamespace": "sagemaker"});
    let shown = ask(client, "DescribeScalableTargets", &input).unwrap();
    shown["ScalableTargets"].as_array().unwrap().clone()
}

/// Facts: F.45
#[test]
fn a_target_is_registered_changed_and_deregistered() {
    let mut client = serving();
    register(&mut client);
    let change = chat(&json!({"MaxCapacity": 8}));
    ask(&mut client, "RegisterScalableTarget", &change).unwrap();
    let shown = targets(&mut client).remove(0);
    assert_eq!(
        (&shown["MinCapacity"], &shown["MaxCapacity"]),
        (&json!(1), &json!(8))
    );
    let role = shown["RoleARN"].as_str().unwrap();
    let roles = client.rows("AWS::IAM::Role");
    let role = roles.iter().find(|row| row.arn == role).unwrap();
    assert_eq!(role.scope, Scope::Account);
    let row = client.rows(TARGET).remove(0);
    assert_eq!(
        row.id,
        "endpoint/chat/variant/all|sagemaker:variant:DesiredInstanceCount|sagemaker"
    );
    assert_eq!((row.parent.as_deref(), row.revision), (Some("chat"), 2));
    ask(&mut client, "DeregisterScalableTarget", &chat(&json!({}))).unwrap();
    let again = ask(&mut client, "DeregisterScalableTarget", &chat(&json!({}))).unwrap_err();
    assert_eq!(again.0, "ObjectNotFoundException");
    assert!(
        again
            .1
            .starts_with("No scalable target found for service namespace: sagemaker"),
        "{again:?}"
    );
}

/// Facts: F.46
#[test]
fn what_cannot_be_scaled_is_refused() {
    let mut client = serving();
    start(&mut client, "young");
    let bounds = json!({"MinCapacity": 1, "MaxCapacity": 2});
    for input in [
        variant("endpoint/none/variant/all", &bounds),
        variant("endpoint/chat/variant/none", &bounds),
        variant("endpoint/young/variant/all", &bounds),
        variant("endpoint/chat", &bounds),
        variant("inference-component/chat", &bounds),
        chat(&json!({"MinCapacity": 1})),
        chat(&json!({"MinCapacity": 3, "MaxCapacity": 2})),
        chat(&json!({"MinCapacity": 1, "MaxCapacity": 2, "Color": 1})),
        chat(&json!({"MinCapacity": 1, "MaxCapacity": 2, "ServiceNamespace": "coffee"})),
        chat(&json!({"MinCapacity": 1, "MaxCapacity": 2, "ScalableDimension": "x"})),
    ] {
        let refused = ask(&mut client, "RegisterScalableTarget", &input).unwrap_err();
        assert_eq!(refused.0, "ValidationException", "{input}");
    }
    register(&mut client);
    let tags = chat(&json!({"Tags": {"team": "red"}}));
    let refused = ask(&mut client, "RegisterScalableTarget", &tags).unwrap_err();
    assert!(refused.1.contains("use the TagResource API"), "{refused:?}");
}

/// Facts: F.47
#[test]
fn policies_are_of_a_registered_target_and_go_with_it() {
    let mut client = serving();
    let early = ask(&mut client, "PutScalingPolicy", &tracking("one")).unwrap_err();
    assert_eq!(early.0, "ObjectNotFoundException");
    assert!(
        early
            .1
            .starts_with("No scalable target registered for service namespace"),
        "{early:?}"
    );
    register(&mut client);
    let made = ask(&mut client, "PutScalingPolicy", &tracking("one")).unwrap();
    assert_eq!(made["Alarms"].as_array().unwrap().len(), 2);
    ask(&mut client, "PutScalingPolicy", &tracking("two")).unwrap();
    let again = ask(&mut client, "PutScalingPolicy", &tracking("two")).unwrap();
    assert_ne!(again["PolicyARN"], made["PolicyARN"]);
    let rows = client.rows(POLICY);
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0].parent, Some(client.rows(TARGET)[0].id.clone()));

    client.world.largest_page = Some(1);
    let all = json!({"ServiceNamespace": "sagemaker"});
    let first = ask(&mut client, "DescribeScalingPolicies", &all).unwrap();
    let next = json!({"ServiceNamespace": "sagemaker", "NextToken": first["NextToken"]});
    let second = ask(&mut client, "DescribeScalingPolicies", &next).unwrap();
    let policy = &second["ScalingPolicies"][0];
    assert_eq!(
        (&policy["PolicyName"], second.get("NextToken")),
        (&json!("two"), None)
    );
    assert_eq!(
        policy["TargetTrackingScalingPolicyConfiguration"]["TargetValue"],
        json!(70.0)
    );

    let delete = chat(&json!({"PolicyName": "one"}));
    ask(&mut client, "DeleteScalingPolicy", &delete).unwrap();
    let gone = ask(&mut client, "DeleteScalingPolicy", &delete).unwrap_err();
    assert!(
        gone.1.starts_with("No scaling policy found for"),
        "{gone:?}"
    );
    ask(&mut client, "DeregisterScalableTarget", &chat(&json!({}))).unwrap();
    assert!(client.rows(POLICY).is_empty());
}

#[test]
fn a_policy_has_one_configuration_of_its_type() {
    let mut client = serving();
    register(&mut client);
    let steps = json!({"AdjustmentType": "ChangeInCapacity", "StepAdjustments": [{"ScalingAdjustment": 1}]});
    let mut both = tracking("one");
    both["StepScalingPolicyConfiguration"] = steps.clone();
    let mut other = tracking("one");
    other["PolicyType"] = json!("StepScaling");
    let none = chat(&json!({"PolicyName": "one"}));
    for input in [both, other, none] {
        let refused = ask(&mut client, "PutScalingPolicy", &input).unwrap_err();
        assert_eq!(refused.0, "ValidationException", "{input}");
    }
    let by_steps = chat(&json!({"PolicyName": "one", "StepScalingPolicyConfiguration": steps}));
    let made = ask(&mut client, "PutScalingPolicy", &by_steps).unwrap();
    assert_eq!(made["Alarms"], json!([]));
}

/// Facts: F.40
#[test]
fn deleting_an_endpoint_deregisters_its_targets() {
    let mut client = serving();
    start(&mut client, "chat2");
    client.wait(2000);
    register(&mut client);
    let bounds = json!({"MinCapacity": 1, "MaxCapacity": 2});
    let neighbour = variant("endpoint/chat2/variant/all", &bounds);
    ask(&mut client, "RegisterScalableTarget", &neighbour).unwrap();
    client
        .call("DeleteEndpoint", &json!({"EndpointName": "chat"}))
        .unwrap();
    let left = targets(&mut client);
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["ResourceId"], json!("endpoint/chat2/variant/all"));
}

/// Facts: F.49
#[test]
fn an_update_leaves_a_scaled_variant_with_its_instance_type() {
    let mut client = serving();
    register(&mut client);
    let other = json!({"ModelName": "other", "PrimaryContainer": {"Image": "image"}});
    client.call("CreateModel", &other).unwrap();
    for (config, name, model, instance) in [
        ("larger", "all", "chat", "ml.m5.xlarge"),
        ("renamed", "most", "chat", "ml.m5.large"),
        ("retrained", "all", "other", "ml.m5.large"),
    ] {
        let variant = json!({"VariantName": name, "ModelName": model, "InstanceType": instance,
            "InitialInstanceCount": 1});
        let config = json!({"EndpointConfigName": config, "ProductionVariants": [variant]});
        client.call("CreateEndpointConfig", &config).unwrap();
    }
    let update = |client: &mut Client, config: &str| {
        let update = json!({"EndpointName": "chat", "EndpointConfigName": config});
        client.call("UpdateEndpoint", &update)
    };
    for config in ["larger", "renamed"] {
        let (code, text) = update(&mut client, config).unwrap_err();
        assert_eq!(code, "ValidationException");
        assert!(text.contains("scalable target"), "{text}");
    }
    update(&mut client, "retrained").unwrap();
    client.wait(3000);
    assert_eq!(targets_left(&client), 1);
    ask(&mut client, "DeregisterScalableTarget", &chat(&json!({}))).unwrap();
    for config in ["larger", "renamed"] {
        update(&mut client, config).unwrap();
        client.wait(3000);
    }
}

/// Facts: 7.3
#[test]
fn the_first_target_needs_the_service_linked_role() {
    let mut client = serving();
    let input = chat(&json!({"MinCapacity": 1, "MaxCapacity": 4}));
    let allow = |client: &mut Client, actions: &[&str]| {
        let policy = json!({"Statement": {"Effect": "Allow", "Action": actions, "Resource": "*"}});
        client.world.permissions =
            serde_json::from_value(json!({"default-policy": policy})).unwrap();
    };
    allow(&mut client, &["application-autoscaling:*"]);
    let (code, text) = ask(&mut client, "RegisterScalableTarget", &input).unwrap_err();
    assert_eq!(code, "AccessDeniedException");
    assert!(
        text.contains("iam:CreateServiceLinkedRole on resource: arn:aws:iam::111122223333:role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/"),
        "{text}"
    );
    let enough = ["application-autoscaling:*", "iam:CreateServiceLinkedRole"];
    allow(&mut client, &enough);
    ask(&mut client, "RegisterScalableTarget", &input).unwrap();
    allow(&mut client, &["application-autoscaling:*"]);
    ask(&mut client, "RegisterScalableTarget", &input).unwrap();
}

/// Facts: F.41
#[test]
fn who_may_not_deregister_a_target_cannot_delete_its_endpoint() {
    let mut client = serving();
    register(&mut client);
    let endpoint = json!({"EndpointName": "chat"});
    let allow = |actions: &[&str]| {
        let policy = json!({"Statement": {"Effect": "Allow", "Action": actions, "Resource": "*"}});
        serde_json::from_value(json!({"default-policy": policy})).unwrap()
    };
    client.world.permissions = allow(&["sagemaker:*"]);
    let (code, text) = client.call("DeleteEndpoint", &endpoint).unwrap_err();
    assert_eq!(code, "ValidationException");
    assert!(
        text.starts_with("An Application AutoScaling scalable target exists"),
        "{text}"
    );
    client.world.permissions = allow(&[
        "sagemaker:*",
        "application-autoscaling:DeregisterScalableTarget",
    ]);
    client.call("DeleteEndpoint", &endpoint).unwrap();
}

const STACK: &str = "
Resources:
  Model:
    Type: AWS::SageMaker::Model
    Properties: {ModelName: chat, ExecutionRoleArn: ROLE, PrimaryContainer: {Image: image}}
  Config:
    Type: AWS::SageMaker::EndpointConfig
    Properties:
      ProductionVariants:
        - {VariantName: all, ModelName: !GetAtt Model.ModelName, InstanceType: ml.m5.large,
           InitialInstanceCount: 1, InitialVariantWeight: 1}
  Endpoint:
    Type: AWS::SageMaker::Endpoint
    Properties: {EndpointName: chat, EndpointConfigName: !GetAtt Config.EndpointConfigName}
";

/// A role that CloudFormation works as, with a policy.
fn service_role(client: &mut Client, policy: &Value) -> String {
    let principal = json!({"Service": "cloudformation.amazonaws.com"});
    let statement = json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"});
    let trust = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
    let named = ("RoleName", "cfn");
    let create = [named, ("AssumeRolePolicyDocument", trust.as_str())];
    client.query("2010-05-08", "CreateRole", &create);
    let policy = policy.to_string();
    let put = [
        named,
        ("PolicyName", "own"),
        ("PolicyDocument", policy.as_str()),
    ];
    client.query("2010-05-08", "PutRolePolicy", &put);
    client.wait(15);
    format!("arn:aws:iam::{}:role/cfn", crate::service::ACCOUNT)
}

/// Facts: F.41
#[test]
fn a_stack_deletes_a_scaled_endpoint_only_for_whom_may_deregister_its_target() {
    let allow = |actions: &[&str]| json!({"Statement": {"Effect": "Allow", "Action": actions, "Resource": "*"}});
    let deregister = "application-autoscaling:DeregisterScalableTarget";
    let lacking = allow(&["sagemaker:*", "cloudformation:*", "iam:PassRole"]);
    let enough = allow(&[
        "sagemaker:*",
        "cloudformation:*",
        "iam:PassRole",
        deregister,
    ]);
    for (caller, role, deleted) in [
        (&lacking, None, false),
        (&enough, None, true),
        // Only the service role counts where there is one.
        (&enough, Some(&lacking), false),
        (&lacking, Some(&enough), true),
    ] {
        let mut client = Client::new();
        let template = STACK.replace("ROLE", &Client::role());
        client.stack(
            "CreateStack",
            &[("StackName", "chat"), ("TemplateBody", &template)],
        );
        client.wait(3000);
        register(&mut client);
        let role = role.map(|policy| service_role(&mut client, policy));
        client.world.permissions =
            serde_json::from_value(json!({"default-policy": caller})).unwrap();
        let mut delete = vec![("StackName", "chat")];
        delete.extend(role.as_deref().map(|role| ("RoleARN", role)));
        client.stack("DeleteStack", &delete);
        client.wait(3000);
        let there = client.rows("AWS::SageMaker::Endpoint").len();
        assert_eq!(
            (there, targets_left(&client)),
            if deleted { (0, 0) } else { (1, 1) }
        );
        let events = client.stack("DescribeStackEvents", &[("StackName", "chat")]);
        let told = "An Application AutoScaling scalable target exists for a variant being deleted";
        assert_eq!(events.contains(told), !deleted, "{events}");
    }
}

fn targets_left(client: &Client) -> usize {
    client.rows(TARGET).len()
}

/// Facts: F.48
#[test]
fn whether_the_target_of_an_inference_component_outlives_it_is_a_switch() {
    for outlives in [true, false] {
        let mut client = Client::with(Switches {
            targets_outlive_components: outlives,
            ..Switches::default()
        });
        client.start_host("chat");
        client.wait(2000);
        let needs = json!({"MinMemoryRequiredInMb": 1024});
        let component = json!({"InferenceComponentName": "part", "EndpointName": "chat", "VariantName": "all",
            "Specification": {"Container": {"Image": "image"}, "ComputeResourceRequirements": needs},
            "RuntimeConfig": {"CopyCount": 1}});
        client.call("CreateInferenceComponent", &component).unwrap();
        client.wait(1000);
        let named = json!({
            "ServiceNamespace": "sagemaker", "ResourceId": "inference-component/part",
            "ScalableDimension": "sagemaker:inference-component:DesiredCopyCount",
        });
        let mut input = named.clone();
        (input["MinCapacity"], input["MaxCapacity"]) = (json!(0), json!(2));
        ask(&mut client, "RegisterScalableTarget", &input).unwrap();
        let delete = json!({"InferenceComponentName": "part"});
        client.call("DeleteInferenceComponent", &delete).unwrap();
        client.wait(1000);
        assert!(client.rows("AWS::SageMaker::InferenceComponent").is_empty());
        assert_eq!(targets_left(&client), usize::from(outlives));
        // Without its component it can still be deregistered, and not be registered again.
        let refused = ask(&mut client, "RegisterScalableTarget", &input).is_err();
        let deregistered = ask(&mut client, "DeregisterScalableTarget", &named).is_ok();
        assert_eq!((refused, deregistered), (true, outlives));
        assert_eq!(targets_left(&client), 0);
    }
}

#[test]
fn targets_are_listed_by_resource_and_page() {
    let mut client = serving();
    register(&mut client);
    let mut list = |more: &Value| {
        let mut input = json!({"ServiceNamespace": "sagemaker"});
        for (name, value) in more.as_object().unwrap() {
            input[name] = value.clone();
        }
        let listed = ask(&mut client, "DescribeScalableTargets", &input)?;
        Ok::<usize, Refusal>(listed["ScalableTargets"].as_array().unwrap().len())
    };
    assert_eq!(
        list(&json!({"ResourceIds": ["endpoint/chat/variant/all"]})),
        Ok(1)
    );
    assert_eq!(
        list(&json!({"ResourceIds": ["endpoint/chat/variant/none"]})),
        Ok(0)
    );
    assert_eq!(list(&json!({"ServiceNamespace": "ecs"})), Ok(0));
    let dimension = json!({"ScalableDimension": "sagemaker:variant:DesiredInstanceCount"});
    assert_eq!(list(&dimension).unwrap_err().0, "ValidationException");
    assert_eq!(
        list(&json!({"MaxResults": 51})).unwrap_err().0,
        "ValidationException"
    );
    assert_eq!(
        list(&json!({"NextToken": "%"})).unwrap_err().0,
        "InvalidNextTokenException"
    );
}

#[test]
fn a_target_has_tags() {
    let mut client = serving();
    register(&mut client);
    let arn = targets(&mut client)[0]["ScalableTargetARN"].clone();
    let tag = json!({"ResourceARN": arn, "Tags": {"cost": "1"}});
    ask(&mut client, "TagResource", &tag).unwrap();
    let untag = json!({"ResourceARN": arn, "TagKeys": ["team"]});
    ask(&mut client, "UntagResource", &untag).unwrap();
    let shown = ask(
        &mut client,
        "ListTagsForResource",
        &json!({"ResourceARN": arn}),
    )
    .unwrap();
    assert_eq!(shown, json!({"Tags": {"cost": "1"}}));
}
