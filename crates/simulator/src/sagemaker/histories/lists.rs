use serde_json::{Value, json};

use super::{make_profile, profile, space};
use crate::Switches;
use crate::sagemaker::testing::{self, Client, app};

/// The names of a JSON object's members.
fn members(value: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    names.sort_unstable();
    names
}

/// Facts: 1.3.4, 12.2
#[test]
fn what_a_domain_shows_of_itself() {
    for volume_shown_while_pending in [false, true] {
        let mut client = Client::with(Switches {
            volume_shown_while_pending,
            ..Switches::default()
        });
        let id = client.start_domain("studio");
        let one = json!({"DomainId": id});
        let pending = client.call("DescribeDomain", &one).unwrap();
        assert_eq!(
            pending["HomeEfsFileSystemId"].is_string(),
            volume_shown_while_pending
        );
        client.wait(700);
        let shown = client.call("DescribeDomain", &one).unwrap();
        assert_eq!(
            members(&shown),
            [
                "AppNetworkAccessType",
                "AuthMode",
                "CreationTime",
                "DefaultUserSettings",
                "DomainArn",
                "DomainId",
                "DomainName",
                "HomeEfsFileSystemCreation",
                "HomeEfsFileSystemId",
                "LastModifiedTime",
                "Status",
                "SubnetIds",
                "TagPropagation",
                "Url",
                "VpcId",
            ]
        );
        // Not the groups that came along.
        let text = shown.to_string();
        assert!(!text.contains("nfs"), "{text}");
    }
}

/// Facts: 1.3.5, 1.3.13
#[test]
fn domains_in_a_list() {
    let mut client = Client::new();
    client.domain("one");
    client.domain("two");
    let listed = client.call("ListDomains", &json!({})).unwrap();
    let items = listed["Domains"].as_array().unwrap();
    assert_eq!(items.len(), 2);
    assert_eq!(
        members(&items[0]),
        [
            "CreationTime",
            "DomainArn",
            "DomainId",
            "DomainName",
            "LastModifiedTime",
            "Status",
            "Url"
        ]
    );
    assert!(
        items[0]["CreationTime"].as_f64().unwrap() < items[1]["CreationTime"].as_f64().unwrap()
    );
    let taken = client.domain_input("two");
    let (code, text) = client.call("CreateDomain", &taken).unwrap_err();
    assert_eq!(code, "ResourceInUse");
    assert!(text.ends_with("with name two already exists."), "{text}");
}

/// Facts: 1.3.6, 1.3.8
#[test]
fn profiles_spaces_and_apps_in_lists() {
    let mut client = Client::new();
    let domain = client.studio();
    make_profile(&mut client, &domain, "bob");
    let mut listed = |action: &str, input: Value, name: &str| {
        client.call(action, &input).unwrap()[name]
            .as_array()
            .unwrap()
            .clone()
    };
    let bobs = listed(
        "ListUserProfiles",
        json!({"DomainIdEquals": domain, "UserProfileNameContains": "BO"}),
        "UserProfiles",
    );
    assert_eq!(bobs.len(), 1);
    assert_eq!(
        members(&bobs[0]),
        [
            "CreationTime",
            "DomainId",
            "LastModifiedTime",
            "Status",
            "UserProfileName"
        ]
    );
    let spaces = listed("ListSpaces", json!({"DomainIdEquals": domain}), "Spaces");
    assert_eq!(
        spaces[0]["OwnershipSettingsSummary"],
        json!({"OwnerUserProfileName": "alice"})
    );
    assert_eq!(
        spaces[0]["SpaceSharingSettingsSummary"],
        json!({"SharingType": "Private"})
    );
    assert_eq!(spaces[0]["SpaceSettingsSummary"]["AppType"], "JupyterLab");
    assert_eq!(
        spaces[0].pointer(
            "/SpaceSettingsSummary/SpaceStorageSettings/EbsStorageSettings/EbsVolumeSizeInGb"
        ),
        Some(&json!(5))
    );
    let apps = listed(
        "ListApps",
        json!({"DomainIdEquals": domain, "SpaceNameEquals": "lab"}),
        "Apps",
    );
    assert_eq!(
        members(&apps[0]),
        [
            "AppName",
            "AppType",
            "CreationTime",
            "DomainId",
            "ResourceSpec",
            "SpaceName",
            "Status"
        ]
    );
    let shown = client.call("DescribeApp", &app(&domain)).unwrap();
    assert_eq!(
        shown["AppArn"],
        format!("arn:aws:sagemaker:us-east-1:111122223333:app/{domain}/lab/jupyterlab/default")
    );
}

/// Facts: 1.3.8
#[test]
fn a_profile_and_a_space_of_one_name_are_two_owners() {
    let mut client = Client::new();
    let domain = client.domain("studio");
    make_profile(&mut client, &domain, "lab");
    let canvas = json!({"DomainId": domain, "UserProfileName": "lab", "AppType": "Canvas", "AppName": "default"});
    client.call("CreateApp", &canvas).unwrap();
    client.wait(500);
    let mut other = space(&domain, "lab");
    other["AppType"] = json!("Canvas");
    other["AppName"] = json!("default");
    for action in ["DescribeApp", "DeleteApp"] {
        assert_eq!(
            client.call(action, &other).unwrap_err().0,
            "ResourceNotFound"
        );
    }
    let both = json!({"DomainId": domain, "UserProfileName": "lab", "SpaceName": "lab", "AppType": "Canvas", "AppName": "default"});
    assert_eq!(
        client.call("DeleteApp", &both).unwrap_err().0,
        "ValidationException"
    );
    client.call("DeleteApp", &canvas).unwrap();
}

/// Facts: 1.3.7
#[test]
fn pages_are_as_small_as_the_world_says() {
    let mut client = Client::new();
    let domain = client.domain("studio");
    for name in ["a", "b", "c"] {
        make_profile(&mut client, &domain, name);
    }
    client.world.largest_page = Some(1);
    let mut names = Vec::new();
    let mut input = json!({"DomainIdEquals": domain, "MaxResults": 100});
    loop {
        let page = client.call("ListUserProfiles", &input).unwrap();
        let items = page["UserProfiles"].as_array().unwrap();
        assert_eq!(items.len(), 1);
        names.push(items[0]["UserProfileName"].as_str().unwrap().to_owned());
        match page.get("NextToken") {
            Some(token) => input["NextToken"] = token.clone(),
            None => break,
        }
    }
    assert_eq!(names, ["a", "b", "c"]);
}

/// Facts: 1.4.13
#[test]
fn tags_flow_from_the_domain_over_profile_and_space_to_the_app() {
    for propagation in ["ENABLED", "DISABLED"] {
        let mut client = Client::new();
        let tag =
            |value: &str| json!([{"Key": "from", "Value": value}, {"Key": value, "Value": "yes"}]);
        let mut input = client.domain_input("studio");
        input["TagPropagation"] = json!(propagation);
        input["Tags"] = tag("domain");
        let made = client.call("CreateDomain", &input).unwrap();
        let domain = made["DomainId"].as_str().unwrap();
        client.wait(700);
        let alice = json!({"DomainId": domain, "UserProfileName": "alice", "Tags": tag("profile")});
        client.call("CreateUserProfile", &alice).unwrap();
        client.wait(200);
        let mut lab = crate::sagemaker::testing::space(domain);
        lab["Tags"] = tag("space");
        client.call("CreateSpace", &lab).unwrap();
        client.wait(100);
        let mut own = app(domain);
        own["Tags"] = tag("app");
        client.call("CreateApp", &own).unwrap();
        let tags = client.rows("AWS::SageMaker::App")[0].tags.clone();
        let keys: Vec<&str> = tags.keys().map(String::as_str).collect();
        if propagation == "ENABLED" {
            assert_eq!(keys, ["app", "domain", "from", "profile", "space"]);
        } else {
            assert_eq!(keys, ["app", "from"]);
        }
        assert_eq!(tags["from"], "app");
    }
}

/// What can be made in SageMaker at once: type, noun, list and how it is asked for.
fn makeable(
    client: &mut Client,
    domain: &str,
) -> Vec<(&'static str, &'static str, &'static str, Value)> {
    let container = json!({"Image": "image"});
    let variant = json!({
        "VariantName": "all", "ModelName": "one", "InitialInstanceCount": 1, "InstanceType": "ml.m5.large",
    });
    let another = client.domain_input("another");
    vec![
        (
            "AWS::SageMaker::Model",
            "Model",
            "Models",
            json!({"ModelName": "one", "ExecutionRoleArn": Client::role(), "PrimaryContainer": container}),
        ),
        (
            "AWS::SageMaker::EndpointConfig",
            "EndpointConfig",
            "EndpointConfigs",
            json!({"EndpointConfigName": "one", "ProductionVariants": [variant]}),
        ),
        (
            "AWS::SageMaker::Endpoint",
            "Endpoint",
            "Endpoints",
            json!({"EndpointName": "one", "EndpointConfigName": "one"}),
        ),
        (
            "AWS::SageMaker::UserProfile",
            "UserProfile",
            "UserProfiles",
            profile(domain, "bob"),
        ),
        (
            "AWS::SageMaker::Space",
            "Space",
            "Spaces",
            testing::space(domain),
        ),
        ("AWS::SageMaker::Domain", "Domain", "Domains", another),
    ]
}

/// The names that identify what an input makes.
fn names(noun: &str, input: &Value) -> Value {
    let own = format!("{noun}Name");
    let names = ["DomainId".to_owned(), own];
    let given = names.iter().filter(|name| input[name.as_str()].is_string());
    given
        .map(|name| (name.clone(), input[name.as_str()].clone()))
        .collect()
}

/// Facts: 1.3.15
#[test]
fn lists_show_what_is_new_late_and_what_is_gone_longer_or_they_do_not() {
    for lists_lag in [true, false] {
        let mut client = Client::with_lists(lists_lag);
        let domain = client.domain("studio");
        make_profile(&mut client, &domain, "alice");
        let makeable = makeable(&mut client, &domain);
        let mut made = Vec::new();
        for (kind, noun, list, input) in makeable {
            let count = |client: &mut Client| {
                let listed = client.call(&format!("List{list}"), &json!({})).unwrap();
                listed[list].as_array().unwrap().len()
            };
            let before = count(&mut client);
            let answer = client.call(&format!("Create{noun}"), &input).unwrap();
            assert_eq!(
                count(&mut client),
                before + usize::from(!lists_lag),
                "{list}"
            );
            client.wait(3);
            assert_eq!(count(&mut client), before + 1, "{list}");
            client.wait(2000);
            let mut names = names(noun, &input);
            if noun == "Domain" {
                names = json!({"DomainId": answer["DomainId"]});
            }
            made.push((kind, noun, list, before, names));
        }
        for (kind, noun, list, before, names) in made.into_iter().rev() {
            let there = client.rows(kind).len();
            client.call(&format!("Delete{noun}"), &names).unwrap();
            while client.rows(kind).len() == there {
                client.wait(1);
            }
            let described = client.call(&format!("Describe{noun}"), &names);
            assert!(described.is_err(), "{noun}");
            let count = |client: &mut Client| {
                let listed = client.call(&format!("List{list}"), &json!({})).unwrap();
                listed[list].as_array().unwrap().len()
            };
            assert_eq!(
                count(&mut client),
                before + usize::from(lists_lag),
                "{list}"
            );
            let saved = serde_json::to_string(&client.world).unwrap();
            client.world = serde_json::from_str(&saved).unwrap();
            client.wait(3);
            assert_eq!(count(&mut client), before, "{list}");
        }
    }
}
