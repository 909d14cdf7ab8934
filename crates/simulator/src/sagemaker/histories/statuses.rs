use serde_json::{Value, json};

use super::{course, ec2, make_profile, profile, space, status, texts};
use crate::Switches;
use crate::sagemaker::settings::APP_TYPES;
use crate::sagemaker::testing::{self, Client, app};

/// Domain, profile and space have one life.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Domain,
    UserProfile,
    Space,
}

const KINDS: [Kind; 3] = [Kind::Domain, Kind::UserProfile, Kind::Space];

impl Kind {
    fn call(self, verb: &str) -> String {
        format!("{verb}{self:?}")
    }

    /// Everything that it needs first.
    fn parents(self, client: &mut Client) -> String {
        match self {
            Kind::Domain => String::new(),
            Kind::UserProfile => client.domain("studio"),
            Kind::Space => {
                let domain = client.domain("studio");
                make_profile(client, &domain, "alice");
                domain
            }
        }
    }

    fn input(self, client: &mut Client, domain: &str) -> Value {
        match self {
            Kind::Domain => client.domain_input("studio"),
            Kind::UserProfile => profile(domain, "alice"),
            Kind::Space => testing::space(domain),
        }
    }

    /// Starts its creation and returns its coordinates.
    fn start(self, client: &mut Client, domain: &str) -> Value {
        let input = self.input(client, domain);
        let made = client.call(&self.call("Create"), &input).unwrap();
        match self {
            Kind::Domain => json!({"DomainId": made["DomainId"]}),
            Kind::UserProfile => profile(domain, "alice"),
            Kind::Space => space(domain, "lab"),
        }
    }

    /// One that is in service.
    fn made(self, client: &mut Client) -> Value {
        let domain = self.parents(client);
        let one = self.start(client, &domain);
        client.wait(900);
        one
    }

    fn course(self, client: &mut Client, one: &Value) -> Vec<String> {
        course(client, &self.call("Describe"), one)
    }

    fn reason(self, client: &mut Client, one: &Value) -> Value {
        client.call(&self.call("Describe"), one).unwrap()["FailureReason"].clone()
    }

    /// The next step of this kind fails for a reason.
    fn break_next(self, client: &mut Client, operation: &str) {
        let kind = format!("AWS::SageMaker::{self:?}");
        client.fault(
            json!({"match": {"type": kind, "operation": operation, "times": 1},
            "effect": {"kind": "fail", "reason": "Internal error."}}),
        );
    }

    /// Every following step of this kind never ends.
    fn stop(self, client: &mut Client) {
        let kind = format!("AWS::SageMaker::{self:?}");
        client.fault(json!({"match": {"type": kind}, "effect": {"kind": "stuck"}}));
    }
}

/// Facts: 1.1.1, 1.1.3, 1.1.4, 1.1.5
#[test]
fn a_life_without_trouble() {
    for kind in KINDS {
        let mut client = Client::new();
        let domain = kind.parents(&mut client);
        let one = kind.start(&mut client, &domain);
        assert_eq!(kind.course(&mut client, &one), ["Pending", "InService"]);
        client.call(&kind.call("Update"), &one).unwrap();
        assert_eq!(kind.course(&mut client, &one), ["Updating", "InService"]);
        client.call(&kind.call("Delete"), &one).unwrap();
        assert_eq!(kind.course(&mut client, &one), ["Deleting", "gone"]);
        let refused = client.call(&kind.call("Delete"), &one).unwrap_err();
        assert_eq!(refused.0, "ResourceNotFound", "{kind:?}");
    }
}

/// Facts: 1.1.3, 1.1.6
#[test]
fn what_could_not_be_made_can_only_be_deleted() {
    for kind in KINDS {
        let mut client = Client::new();
        let domain = kind.parents(&mut client);
        kind.break_next(&mut client, "create");
        let one = kind.start(&mut client, &domain);
        assert_eq!(kind.course(&mut client, &one), ["Pending", "Failed"]);
        assert_eq!(kind.reason(&mut client, &one), "Internal error.");
        let refused = client.call(&kind.call("Update"), &one).unwrap_err();
        assert_eq!(refused.0, "ValidationException", "{}", refused.1);
        let again = kind.input(&mut client, &domain);
        let refused = client.call(&kind.call("Create"), &again).unwrap_err();
        assert_eq!(refused.0, "ResourceInUse", "{}", refused.1);
        client.call(&kind.call("Delete"), &one).unwrap();
        assert_eq!(kind.course(&mut client, &one), ["Deleting", "gone"]);
        let one = kind.start(&mut client, &domain);
        assert_eq!(kind.course(&mut client, &one), ["Pending", "InService"]);
    }
}

/// Facts: 1.1.4, 1.1.5
#[test]
fn an_update_that_failed_is_made_good_by_another_or_by_a_deletion() {
    for kind in KINDS {
        let mut client = Client::new();
        let one = kind.made(&mut client);
        kind.break_next(&mut client, "update");
        client.call(&kind.call("Update"), &one).unwrap();
        assert_eq!(
            kind.course(&mut client, &one),
            ["Updating", "Update_Failed"]
        );
        assert_eq!(kind.reason(&mut client, &one), "Internal error.");
        client.call(&kind.call("Update"), &one).unwrap();
        assert_eq!(kind.course(&mut client, &one), ["Updating", "InService"]);
        assert_eq!(kind.reason(&mut client, &one), Value::Null);
        kind.break_next(&mut client, "update");
        client.call(&kind.call("Update"), &one).unwrap();
        client.wait(200);
        client.call(&kind.call("Delete"), &one).unwrap();
        assert_eq!(kind.course(&mut client, &one), ["Deleting", "gone"]);
    }
}

/// Facts: 1.1.5
#[test]
fn a_deletion_that_failed_can_only_be_asked_for_again() {
    for kind in KINDS {
        let mut client = Client::new();
        let one = kind.made(&mut client);
        kind.break_next(&mut client, "delete");
        client.call(&kind.call("Delete"), &one).unwrap();
        assert_eq!(
            kind.course(&mut client, &one),
            ["Deleting", "Delete_Failed"]
        );
        assert_eq!(kind.reason(&mut client, &one), "Internal error.");
        let refused = client.call(&kind.call("Update"), &one).unwrap_err();
        assert!(
            refused.1.contains("it is in Delete_Failed status"),
            "{}",
            refused.1
        );
        client.call(&kind.call("Delete"), &one).unwrap();
        assert_eq!(kind.course(&mut client, &one), ["Deleting", "gone"]);
    }
}

/// Facts: 1.1.7
#[test]
fn what_is_at_work_can_be_neither_changed_nor_deleted() {
    for (busy_is_resource_in_use, code) in [(false, "ValidationException"), (true, "ResourceInUse")]
    {
        for kind in KINDS {
            for (verb, at_work) in [
                ("Create", "Pending"),
                ("Update", "Updating"),
                ("Delete", "Deleting"),
            ] {
                let switches = Switches {
                    busy_is_resource_in_use,
                    ..Switches::default()
                };
                let mut client = Client::with(switches);
                let one = if verb == "Create" {
                    let domain = kind.parents(&mut client);
                    kind.stop(&mut client);
                    kind.start(&mut client, &domain)
                } else {
                    let one = kind.made(&mut client);
                    kind.stop(&mut client);
                    client.call(&kind.call(verb), &one).unwrap();
                    one
                };
                client.wait(24 * 3600);
                assert_eq!(status(&mut client, &kind.call("Describe"), &one), at_work);
                for asked in ["Update", "Delete"] {
                    let refused = client.call(&kind.call(asked), &one).unwrap_err();
                    assert_eq!(refused.0, code, "{kind:?} {at_work} {asked}");
                    assert!(refused.1.contains(&format!("it is in {at_work} status")));
                }
            }
        }
    }
}

/// Facts: 1.1.3
#[test]
fn a_step_takes_as_long_as_is_asked_for() {
    let mut client = Client::new();
    let domain = client.domain("studio");
    client.fault(json!({"match": {"type": "AWS::SageMaker::UserProfile"}, "effect": {"kind": "take", "seconds": 400}}));
    let alice = profile(&domain, "alice");
    client.call("CreateUserProfile", &alice).unwrap();
    client.wait(399);
    assert_eq!(
        status(&mut client, "DescribeUserProfile", &alice),
        "Pending"
    );
    client.wait(1);
    assert_eq!(
        status(&mut client, "DescribeUserProfile", &alice),
        "InService"
    );
}

/// Facts: 1.1.2, 1.1.8, 1.4.2, 1.4.4
#[test]
fn the_life_of_an_app_and_the_day_after() {
    let mut client = Client::new();
    let domain = client.studio();
    client.call("DeleteApp", &app(&domain)).unwrap();
    client.wait(300);
    client.call("CreateApp", &app(&domain)).unwrap();
    let refused = client.call("DeleteApp", &app(&domain)).unwrap_err();
    assert_eq!(refused.0, "ValidationException");
    assert_eq!(
        course(&mut client, "DescribeApp", &app(&domain)),
        ["Pending", "InService"]
    );
    client.call("DeleteApp", &app(&domain)).unwrap();
    assert_eq!(
        client.call("DeleteApp", &app(&domain)).unwrap_err().0,
        "ValidationException"
    );
    assert_eq!(
        course(&mut client, "DescribeApp", &app(&domain)),
        ["Deleting", "Deleted"]
    );
    let listed = client
        .call("ListApps", &json!({"DomainIdEquals": domain}))
        .unwrap();
    assert_eq!(listed["Apps"][0]["Status"], "Deleted");
    client.wait(23 * 3600);
    assert_eq!(status(&mut client, "DescribeApp", &app(&domain)), "Deleted");
    client.wait(3600);
    assert_eq!(status(&mut client, "DescribeApp", &app(&domain)), "gone");
    let listed = client
        .call("ListApps", &json!({"DomainIdEquals": domain}))
        .unwrap();
    assert_eq!(listed["Apps"], json!([]));
}

/// Facts: 1.1.9, 1.2.12, 1.4.2
#[test]
fn a_failed_app_cannot_be_deleted_and_is_in_nobodys_way() {
    for step in ["create", "delete"] {
        let mut client = Client::new();
        let domain = client.studio();
        client.fault(json!({"match": {"type": "AWS::SageMaker::App", "operation": step}, "effect": {"kind": "fail", "reason": "No capacity."}}));
        client.call("DeleteApp", &app(&domain)).unwrap();
        client.wait(300);
        if step == "create" {
            client.call("CreateApp", &app(&domain)).unwrap();
            client.wait(500);
        }
        let shown = client.call("DescribeApp", &app(&domain)).unwrap();
        assert_eq!(
            (&shown["Status"], &shown["FailureReason"]),
            (&json!("Failed"), &json!("No capacity."))
        );
        let (code, text) = client.call("DeleteApp", &app(&domain)).unwrap_err();
        assert_eq!(code, "ValidationException");
        assert!(
            text.contains("previously failed and was automatically deleted"),
            "{text}"
        );
        let lab = space(&domain, "lab");
        client.call("DeleteSpace", &lab).unwrap();
        assert_eq!(
            course(&mut client, "DescribeSpace", &lab),
            ["Deleting", "gone"]
        );
    }
}

/// Facts: 1.1.10
#[test]
fn enumerations() {
    let mut client = Client::new();
    let domain = client.studio();
    let mut known = |action: &str, input: Value| client.call(action, &input).unwrap_err().1;
    let text = known(
        "DescribeApp",
        json!({"DomainId": domain, "SpaceName": "lab", "AppType": "Notebook", "AppName": "x"}),
    );
    assert!(
        text.ends_with(&format!("[{}]", APP_TYPES.join(", "))),
        "{text}"
    );
    let text = known(
        "DeleteDomain",
        json!({"DomainId": domain, "RetentionPolicy": {"HomeEfsFileSystem": "Keep"}}),
    );
    assert!(text.ends_with("[Retain, Delete]"), "{text}");
    for (member, set) in [
        ("AppNetworkAccessType", "[PublicInternetOnly, VpcOnly]"),
        ("TagPropagation", "[ENABLED, DISABLED]"),
        ("AppSecurityGroupManagement", "[Service, Customer]"),
        ("HomeEfsFileSystemCreation", "[Enabled, Disabled]"),
    ] {
        let text = known("UpdateDomain", json!({"DomainId": domain, member: "other"}));
        assert!(text.ends_with(set), "{text}");
    }
    let text = known(
        "CreateSpace",
        json!({"DomainId": domain, "SpaceName": "x", "SpaceSharingSettings": {"SharingType": "Open"}}),
    );
    assert!(text.ends_with("[Private, Shared]"), "{text}");
}

/// Facts: F.5
#[test]
fn an_app_whose_endpoint_is_taken_away_meanwhile() {
    for apps_go_slowly_without_endpoints in [true, false] {
        let mut client = Client::with(Switches {
            apps_go_slowly_without_endpoints,
            ..Switches::default()
        });
        let domain = client.studio();
        let (vpc, subnets, _) = client.network();
        // Not every zone has the service.
        let made = subnets.iter().find_map(|subnet| {
            let members = [
                ("VpcId", vpc.as_str()),
                ("ServiceName", "com.amazonaws.us-east-1.sagemaker.api"),
                ("VpcEndpointType", "Interface"),
                ("PrivateDnsEnabled", "false"),
                ("SubnetId.1", subnet.as_str()),
            ];
            ec2(&mut client, "CreateVpcEndpoint", &members).ok()
        });
        let endpoint = texts(&made.unwrap(), "vpcEndpointId").remove(0);
        client.wait(600);
        for kind in ["AWS::SageMaker::App", "AWS::EC2::VPCEndpoint"] {
            client.fault(json!({"match": {"type": kind, "operation": "delete"},
                "effect": {"kind": "take", "seconds": 100}}));
        }
        client.call("DeleteApp", &app(&domain)).unwrap();
        let members = [("VpcEndpointId.1", endpoint.as_str())];
        ec2(&mut client, "DeleteVpcEndpoints", &members).unwrap();
        client.wait(800);
        let after = status(&mut client, "DescribeApp", &app(&domain));
        assert_eq!(after == "Deleting", apps_go_slowly_without_endpoints);
        client.wait(1000);
        assert_eq!(status(&mut client, "DescribeApp", &app(&domain)), "Deleted");
    }
}
