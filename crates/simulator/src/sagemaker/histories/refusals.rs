use serde_json::{Value, json};

use super::{ec2, make_profile, profile, space, texts};
use crate::Switches;
use crate::sagemaker::testing::{self, Client, app};
use crate::wire::Request;
use crate::world::Reply;

fn refused(client: &mut Client, action: &str, input: &Value) -> (String, String) {
    client.call(action, input).unwrap_err()
}

/// Facts: 1.2.2, 1.2.4, 1.2.13
#[test]
fn what_is_not_there_is_not_found() {
    let mut client = Client::new();
    let nowhere = json!({"DomainId": "d-0gone"});
    for action in ["DescribeDomain", "UpdateDomain", "DeleteDomain"] {
        let (code, text) = refused(&mut client, action, &nowhere);
        assert_eq!(
            (code.as_str(), text.as_str()),
            ("ResourceNotFound", "Domain [d-0gone] does not exist.")
        );
    }
    let domain = client.domain("studio");
    let app = json!({"DomainId": domain, "SpaceName": "lab", "AppType": "JupyterLab", "AppName": "default"});
    for (action, one) in [
        ("DescribeUserProfile", profile(&domain, "carol")),
        ("UpdateUserProfile", profile(&domain, "carol")),
        ("DeleteUserProfile", profile(&domain, "carol")),
        ("CreatePresignedDomainUrl", profile(&domain, "carol")),
        ("DescribeSpace", space(&domain, "lab")),
        ("UpdateSpace", space(&domain, "lab")),
        ("DeleteSpace", space(&domain, "lab")),
        ("DescribeApp", app.clone()),
        ("DeleteApp", app),
    ] {
        let (code, text) = refused(&mut client, action, &one);
        assert_eq!(code, "ResourceNotFound", "{action}");
        assert!(text.contains("does not exist"), "{action}: {text}");
    }
}

/// Facts: F.4
#[test]
fn whose_code_it_is_when_the_domain_of_a_profile_or_a_space_is_gone() {
    for (vanished_domain_is_validation_error, code) in
        [(true, "ValidationException"), (false, "ResourceNotFound")]
    {
        let mut client = Client::with(Switches {
            vanished_domain_is_validation_error,
            ..Switches::default()
        });
        let one = profile("d-gone", "alice");
        assert_eq!(refused(&mut client, "DeleteUserProfile", &one).0, code);
        let one = space("d-gone", "lab");
        assert_eq!(refused(&mut client, "DeleteSpace", &one).0, code);
    }
}

/// Facts: 1.2.3, 12.6
#[test]
fn lists_of_an_unknown_domain() {
    for (
        code,
        [
            unknown_domain_lists_refuse,
            unknown_domain_lists_are_invalid,
        ],
    ) in [
        (None, [false, false]),
        (Some("ResourceNotFound"), [true, false]),
        (Some("ValidationException"), [false, true]),
    ] {
        let mut client = Client::with(Switches {
            unknown_domain_lists_refuse,
            unknown_domain_lists_are_invalid,
            ..Switches::default()
        });
        for (action, name) in [
            ("ListUserProfiles", "UserProfiles"),
            ("ListSpaces", "Spaces"),
            ("ListApps", "Apps"),
        ] {
            let listed = client.call(action, &json!({"DomainIdEquals": "d-gone"}));
            match code {
                Some(code) => assert_eq!(listed.unwrap_err().0, code),
                None => assert_eq!(listed.unwrap(), json!({name: []})),
            }
        }
    }
}

/// Facts: 1.2.10, 1.2.11
#[test]
fn a_space_waits_for_its_owner_and_an_app_for_the_spaces_storage() {
    for (busy_is_resource_in_use, code) in [(false, "ValidationException"), (true, "ResourceInUse")]
    {
        let mut client = Client::with(Switches {
            busy_is_resource_in_use,
            ..Switches::default()
        });
        let domain = client.domain("studio");
        client
            .call("CreateUserProfile", &profile(&domain, "alice"))
            .unwrap();
        let (refusal, text) = refused(&mut client, "CreateSpace", &testing::space(&domain));
        assert_eq!(refusal, code);
        assert!(
            text.starts_with("Unable to create Space [") && text.contains("is not in InService"),
            "{text}"
        );
        client.wait(200);
        client
            .call("CreateSpace", &testing::space(&domain))
            .unwrap();
        let (refusal, text) = refused(&mut client, "CreateApp", &app(&domain));
        assert_eq!(refusal, "ResourceInUse");
        assert_eq!(
            text,
            "Unable to create app [JupyterLab/default] because storage is not in Available status."
        );
    }
}

/// Facts: 1.2.15
#[test]
fn too_many_calls() {
    let mut client = Client::new();
    client.fault(
        json!({"match": {"action": "sagemaker:ListDomains"}, "answer": {"kind": "throttle"}}),
    );
    let (code, text) = refused(&mut client, "ListDomains", &json!({}));
    assert_eq!(
        (code.as_str(), text.as_str()),
        ("ThrottlingException", "Rate exceeded")
    );
}

/// Facts: 1.3.2, 1.3.3
#[test]
fn what_a_domain_needs() {
    let mut client = Client::new();
    let good = client.domain_input("studio");
    let made = client.call("CreateDomain", &good).unwrap();
    let id = made["DomainId"].as_str().unwrap();
    assert!(id.starts_with("d-") && id.len() == 14);
    assert_eq!(
        made["DomainArn"],
        format!("arn:aws:sagemaker:us-east-1:111122223333:domain/{id}")
    );
    assert_eq!(
        made["Url"],
        format!("https://{id}.studio.us-east-1.sagemaker.aws")
    );
    assert_eq!(made.as_object().unwrap().len(), 3);
    let mut open = client.domain_input("open");
    open["AppNetworkAccessType"] = json!("PublicInternetOnly");
    open["DefaultUserSettings"] = json!({"ExecutionRole": Client::role()});
    let made = client.call("CreateDomain", &open).unwrap();
    client.wait(700);
    let closed = json!({"DomainId": made["DomainId"], "AppNetworkAccessType": "VpcOnly"});
    let (code, text) = refused(&mut client, "UpdateDomain", &closed);
    assert_eq!(code, "ValidationException");
    assert!(text.starts_with("SecurityGroups are required"), "{text}");
    let mut strange = client.domain_input("strange");
    strange["DefaultUserSettings"]["SecurityGroups"] = json!([group_elsewhere(&mut client)]);
    let (_, text) = refused(&mut client, "CreateDomain", &strange);
    assert!(text.contains("is not in the VPC"), "{text}");
}

/// The default group of another VPC.
fn group_elsewhere(client: &mut Client) -> String {
    let elsewhere = ec2(client, "CreateVpc", &[("CidrBlock", "10.9.0.0/16")]).unwrap();
    let vpc = texts(&elsewhere, "vpcId").remove(0);
    let filter = [
        ("Filter.1.Name", "vpc-id"),
        ("Filter.1.Value.1", vpc.as_str()),
    ];
    let groups = ec2(client, "DescribeSecurityGroups", &filter).unwrap();
    texts(&groups, "groupId").remove(0)
}

#[test]
fn an_update_of_a_domain_names_what_is_there() {
    let mut client = Client::new();
    let (_, _, group) = client.network();
    let role = |arn: String| json!({"DomainExecutionRoleArn": arn});
    let mut input = client.domain_input("studio");
    input["AppSecurityGroupManagement"] = json!("Service");
    input["DomainSettings"] = json!({"RStudioServerProDomainSettings": role(Client::role())});
    let made = client.call("CreateDomain", &input).unwrap();
    client.wait(700);
    let update = |settings: Value| json!({"DomainId": made["DomainId"], "DomainSettingsForUpdate": settings});
    let groups = |group: &str| update(json!({"SecurityGroupIds": [group]}));
    let r_studio =
        |arn: String| update(json!({"RStudioServerProDomainSettingsForUpdate": role(arn)}));
    let elsewhere = group_elsewhere(&mut client);
    for (change, told) in [
        (groups("sg-0"), "does not exist"),
        (groups(&elsewhere), "is not in the VPC"),
        (
            r_studio(Client::role().replace("studio", "nobody")),
            "Could not assume role",
        ),
    ] {
        let (code, text) = refused(&mut client, "UpdateDomain", &change);
        assert_eq!(code, "ValidationException");
        assert!(text.contains(told), "{text}");
    }
    for change in [groups(&group), r_studio(Client::role())] {
        client.call("UpdateDomain", &change).unwrap();
        client.wait(300);
    }
}

/// Facts: 1.3.3
#[test]
fn five_groups_of_the_user_leave_no_room_for_the_services() {
    let mut client = Client::new();
    let (vpc, _, group) = client.network();
    let mut groups = vec![group];
    for name in ["a", "b", "c", "d"] {
        let members = [
            ("GroupName", name),
            ("GroupDescription", name),
            ("VpcId", vpc.as_str()),
        ];
        let made = ec2(&mut client, "CreateSecurityGroup", &members).unwrap();
        groups.push(texts(&made, "groupId").remove(0));
    }
    let domain = client.domain("studio");
    let mut alice = profile(&domain, "alice");
    alice["UserSettings"] = json!({"SecurityGroups": groups});
    client.call("CreateUserProfile", &alice).unwrap();
    client.wait(200);
    client
        .call("CreateSpace", &testing::space(&domain))
        .unwrap();
    client.wait(100);
    client.call("CreateApp", &app(&domain)).unwrap();
    client.wait(500);
    let shown = client.call("DescribeApp", &app(&domain)).unwrap();
    assert_eq!(shown["Status"], "Failed");
    assert!(
        shown["FailureReason"]
            .as_str()
            .unwrap()
            .contains("security groups per interface")
    );
}

/// Facts: 1.3.9
#[test]
fn an_update_that_would_pull_the_network_from_under_an_app() {
    let mut client = Client::new();
    let domain = client.studio();
    let (_, subnets, _) = client.network();
    let arn = format!("arn:aws:sagemaker:us-east-1:111122223333:domain/{domain}");
    let wanted = format!("Unable to update Domain [{arn}] because App(s) are associated with it.");
    let changes = [
        json!({"DomainId": domain, "AppNetworkAccessType": "PublicInternetOnly"}),
        json!({"DomainId": domain, "SubnetIds": &subnets[..1]}),
    ];
    let all_refused = |client: &mut Client| {
        for change in &changes {
            let (code, text) = refused(client, "UpdateDomain", change);
            assert_eq!(
                (code.as_str(), text.as_str()),
                ("ResourceInUse", wanted.as_str())
            );
        }
    };
    all_refused(&mut client);
    // More subnets take nothing away.
    let more = json!({"DomainId": domain, "SubnetIds": &subnets[..3]});
    client.call("UpdateDomain", &more).unwrap();
    client.wait(300);
    assert_eq!(client.rows("AWS::EFS::MountTarget").len(), 3);
    client.call("DeleteApp", &app(&domain)).unwrap();
    all_refused(&mut client);
    client.wait(300);
    for change in &changes {
        client.call("UpdateDomain", change).unwrap();
        client.wait(300);
    }
    assert_eq!(client.rows("AWS::EFS::MountTarget").len(), 1);
    let shown = client
        .call("DescribeDomain", &json!({"DomainId": domain}))
        .unwrap();
    assert_eq!(shown["AppNetworkAccessType"], "PublicInternetOnly");
    let other = json!({"DomainId": domain, "VpcId": "vpc-0"});
    assert_eq!(
        refused(&mut client, "UpdateDomain", &other).0,
        "ValidationException"
    );
}

/// Facts: 1.3.14
#[test]
fn what_a_space_is_stays() {
    let mut client = Client::new();
    let domain = client.domain("studio");
    let storage = |size: i64| json!({"EbsStorageSettings": {"EbsVolumeSizeInGb": size}});
    let limits = json!({"DefaultEbsVolumeSizeInGb": 10, "MaximumEbsVolumeSizeInGb": 20});
    let update = json!({"DomainId": domain, "DefaultUserSettings":
        {"SpaceStorageSettings": {"DefaultEbsStorageSettings": limits}}});
    client.call("UpdateDomain", &update).unwrap();
    client.wait(200);
    make_profile(&mut client, &domain, "alice");
    let mut large = testing::space(&domain);
    large["SpaceSettings"]["SpaceStorageSettings"] = storage(21);
    assert!(
        refused(&mut client, "CreateSpace", &large)
            .1
            .contains("MaximumEbsVolumeSizeInGb")
    );
    client
        .call("CreateSpace", &testing::space(&domain))
        .unwrap();
    client.wait(100);
    let shown = client
        .call("DescribeSpace", &space(&domain, "lab"))
        .unwrap();
    assert_eq!(shown["SpaceSettings"]["SpaceStorageSettings"], storage(10));
    assert!(shown["Url"].as_str().unwrap().starts_with("https://d-"));
    let change = |settings: Value| {
        let mut change = space(&domain, "lab");
        change["SpaceSettings"] = settings;
        change
    };
    for settings in [
        json!({"AppType": "CodeEditor"}),
        json!({"SpaceStorageSettings": storage(5)}),
    ] {
        let (code, _) = refused(&mut client, "UpdateSpace", &change(settings));
        assert_eq!(code, "ValidationException");
    }
    let grown = change(json!({"SpaceStorageSettings": storage(15)}));
    client.call("UpdateSpace", &grown).unwrap();
    let mut shared = testing::space(&domain);
    shared["SpaceName"] = json!("team");
    shared["SpaceSharingSettings"]["SharingType"] = json!("Shared");
    let (_, text) = refused(&mut client, "CreateSpace", &shared);
    assert!(text.contains("DefaultSpaceSettings"), "{text}");
}

/// Facts: 1.3.11
#[test]
fn limits_of_a_presigned_url() {
    let mut client = Client::new();
    let domain = client.domain("studio");
    make_profile(&mut client, &domain, "alice");
    let with = |member: &str, value: Value| {
        let mut input = profile(&domain, "alice");
        input[member] = value;
        input
    };
    for (member, good, bad) in [
        ("ExpiresInSeconds", json!(5), json!(4)),
        ("ExpiresInSeconds", json!(300), json!(301)),
        (
            "SessionExpirationDurationInSeconds",
            json!(1800),
            json!(1799),
        ),
        (
            "SessionExpirationDurationInSeconds",
            json!(43_200),
            json!(43_201),
        ),
        ("LandingUri", json!("studio::"), json!("https://elsewhere")),
    ] {
        let made = client
            .call("CreatePresignedDomainUrl", &with(member, good))
            .unwrap();
        assert_eq!(made.as_object().unwrap().len(), 1);
        let (code, _) = refused(&mut client, "CreatePresignedDomainUrl", &with(member, bad));
        assert_eq!(code, "ValidationException");
    }
    let nowhere = with("SpaceName", json!("lab"));
    assert_eq!(
        refused(&mut client, "CreatePresignedDomainUrl", &nowhere).0,
        "ResourceNotFound"
    );
    let first = client
        .call("CreatePresignedDomainUrl", &profile(&domain, "alice"))
        .unwrap();
    let second = client
        .call("CreatePresignedDomainUrl", &profile(&domain, "alice"))
        .unwrap();
    assert_ne!(first, second);
}

/// Facts: 1.2.1
#[test]
fn a_refusal_is_a_bad_request_that_names_its_code() {
    let mut client = Client::new();
    let request = Request {
        method: "POST".to_owned(),
        path: "/".to_owned(),
        headers: [(
            "x-amz-target".to_owned(),
            "SageMaker.DescribeDomain".to_owned(),
        )]
        .into(),
        body: br#"{"DomainId": "d-0gone"}"#.to_vec(),
        ..Request::default()
    };
    let now = client.world.now();
    let Reply::Answer(response, _) = client.world.handle(now, &request) else {
        panic!("no answer")
    };
    assert_eq!(response.status, 400);
    let body: Value = serde_json::from_slice(&response.body).unwrap();
    let wanted =
        json!({"__type": "ResourceNotFound", "Message": "Domain [d-0gone] does not exist."});
    assert_eq!(body, wanted);
}

/// A role of this name that this service may assume.
fn make_role(client: &mut Client, name: &str, service: &str) -> String {
    let trust = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]});
    let trust = trust.to_string();
    let members = [
        ("RoleName", name),
        ("AssumeRolePolicyDocument", trust.as_str()),
    ];
    client.query("2010-05-08", "CreateRole", &members);
    client.wait(15);
    Client::role().replace("studio", name)
}

/// Facts: 7.5
#[test]
fn a_role_that_does_not_trust_the_service_is_refused() {
    for untrusting_role_refused in [true, false] {
        let mut client = Client::with(Switches {
            untrusting_role_refused,
            ..Switches::default()
        });
        let role = make_role(&mut client, "lambda", "lambda.amazonaws.com");
        let mut input = client.domain_input("studio");
        input["DefaultUserSettings"]["ExecutionRole"] = json!(role);
        let made = client.call("CreateDomain", &input);
        assert_eq!(made.is_err(), untrusting_role_refused);
        if let Err((code, text)) = made {
            assert_eq!(code, "ValidationException");
            assert!(text.contains("allows principal 'sagemaker.amazonaws.com'"));
        }
    }
}

/// Facts: 7.14
#[test]
fn whether_a_model_needs_its_role_to_be_there() {
    for unknown_model_role_refused in [true, false] {
        let mut client = Client::with(Switches {
            unknown_model_role_refused,
            ..Switches::default()
        });
        let model = json!({"ModelName": "llm", "PrimaryContainer": {"Image": "image"},
            "ExecutionRoleArn": Client::role().replace("studio", "nobody")});
        let made = client.call("CreateModel", &model);
        assert_eq!(made.is_err(), unknown_model_role_refused);
    }
}

/// Facts: 1.2.18, 12.3
#[test]
fn the_text_about_studio_classic_can_be_another() {
    let texts = [
        Switches::default().classic_app_refusal,
        "Closed.".to_owned(),
    ];
    for classic_app_refusal in texts {
        let mut client = Client::with(Switches {
            classic_app_refusal: classic_app_refusal.clone(),
            ..Switches::default()
        });
        let domain = client.studio();
        let app = json!({"DomainId": domain, "UserProfileName": "alice", "AppType": "JupyterServer", "AppName": "default"});
        let (code, text) = refused(&mut client, "CreateApp", &app);
        assert_eq!(
            (code, text),
            ("ValidationException".to_owned(), classic_app_refusal)
        );
    }
}
