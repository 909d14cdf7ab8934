use serde_json::{Value, json};

use super::{course, make_profile, profile, space, status};
use crate::sagemaker::testing::{self, Client, app};

const PREFIX: &str = "arn:aws:sagemaker:us-east-1:111122223333";

/// A domain with two profiles, a private space of the one and an app of the other, and a space that is nobody's.
fn crowded(client: &mut Client) -> String {
    let mut input = client.domain_input("studio");
    input["DefaultSpaceSettings"] = json!({"ExecutionRole": Client::role()});
    let made = client.call("CreateDomain", &input).unwrap();
    let domain = made["DomainId"].as_str().unwrap().to_owned();
    client.wait(700);
    make_profile(client, &domain, "alice");
    make_profile(client, &domain, "bob");
    client
        .call("CreateSpace", &testing::space(&domain))
        .unwrap();
    let open = json!({"DomainId": domain, "SpaceName": "open"});
    client.call("CreateSpace", &open).unwrap();
    client.wait(100);
    client.call("CreateApp", &app(&domain)).unwrap();
    client.call("CreateApp", &canvas(&domain)).unwrap();
    client.wait(500);
    domain
}

fn canvas(domain: &str) -> Value {
    json!({"DomainId": domain, "UserProfileName": "bob", "AppType": "Canvas", "AppName": "default"})
}

fn held(client: &mut Client, action: &str, one: &Value) -> String {
    let (code, text) = client.call(action, one).unwrap_err();
    assert_eq!(code, "ResourceInUse", "{text}");
    text
}

/// Facts: 1.2.5, 1.2.6, 1.2.7, 1.2.8, 1.2.9, 1.4.1, 1.4.3, 1.4.4, 12.4
#[test]
fn everything_is_refused_in_the_wrong_order_and_done_in_the_right_one() {
    let mut client = Client::new();
    let domain = crowded(&mut client);
    let whole = json!({"DomainId": domain});
    let (alice, bob) = (profile(&domain, "alice"), profile(&domain, "bob"));
    let (lab, open) = (space(&domain, "lab"), space(&domain, "open"));
    let unable = |kind: &str, arn: &str, others: &str| {
        format!(
            "Unable to delete {kind} [{PREFIX}:{arn}] because {others}(s) are associated with it."
        )
    };
    let domain_held = |by: &str| unable("Domain", &format!("domain/{domain}"), by);
    let alice_held = |by: &str| unable("UserProfile", &format!("user-profile/{domain}/alice"), by);
    let bob_held = |by: &str| unable("UserProfile", &format!("user-profile/{domain}/bob"), by);
    let lab_held = unable("Space", &format!("space/{domain}/lab"), "App");

    assert_eq!(
        held(&mut client, "DeleteDomain", &whole),
        domain_held("UserProfile")
    );
    assert_eq!(
        held(&mut client, "DeleteUserProfile", &alice),
        alice_held("Space")
    );
    assert_eq!(
        held(&mut client, "DeleteUserProfile", &bob),
        bob_held("App")
    );
    assert_eq!(held(&mut client, "DeleteSpace", &lab), lab_held);

    client.call("DeleteApp", &app(&domain)).unwrap();
    assert_eq!(
        status(&mut client, "DescribeApp", &app(&domain)),
        "Deleting"
    );
    assert_eq!(held(&mut client, "DeleteSpace", &lab), lab_held);
    assert_eq!(
        course(&mut client, "DescribeApp", &app(&domain)),
        ["Deleting", "Deleted"]
    );
    assert_eq!(
        held(&mut client, "DeleteUserProfile", &alice),
        alice_held("Space")
    );

    client.call("DeleteSpace", &lab).unwrap();
    assert_eq!(
        held(&mut client, "DeleteUserProfile", &alice),
        alice_held("Space")
    );
    assert_eq!(
        course(&mut client, "DescribeSpace", &lab),
        ["Deleting", "gone"]
    );

    client.call("DeleteApp", &canvas(&domain)).unwrap();
    assert_eq!(
        held(&mut client, "DeleteUserProfile", &bob),
        bob_held("App")
    );
    client.wait(300);
    for one in [&alice, &bob] {
        client.call("DeleteUserProfile", one).unwrap();
        assert_eq!(
            held(&mut client, "DeleteDomain", &whole),
            domain_held("UserProfile")
        );
        assert_eq!(
            course(&mut client, "DescribeUserProfile", one),
            ["Deleting", "gone"]
        );
    }

    assert_eq!(
        held(&mut client, "DeleteDomain", &whole),
        domain_held("Space")
    );
    client.call("DeleteSpace", &open).unwrap();
    assert_eq!(
        held(&mut client, "DeleteDomain", &whole),
        domain_held("Space")
    );
    assert_eq!(
        course(&mut client, "DescribeSpace", &open),
        ["Deleting", "gone"]
    );

    client.call("DeleteDomain", &whole).unwrap();
    assert_eq!(
        course(&mut client, "DescribeDomain", &whole),
        ["Deleting", "gone"]
    );
    for kind in ["App", "Space", "UserProfile", "Domain"] {
        assert!(client.rows(&format!("AWS::SageMaker::{kind}")).is_empty());
    }
}

/// Facts: 1.4.6
#[test]
fn a_domain_whose_volume_was_taken_away_makes_no_profiles_any_more() {
    let mut client = Client::new();
    let domain = client.domain("studio");
    for target in client.rows("AWS::EFS::MountTarget") {
        let path = format!("mount-targets/{}", target.id);
        client.efs("DELETE", &path, "", None).unwrap();
    }
    client.wait(100);
    let volume = client.rows("AWS::EFS::FileSystem")[0].id.clone();
    let path = format!("file-systems/{volume}");
    client.efs("DELETE", &path, "", None).unwrap();
    client.wait(100);
    let whole = json!({"DomainId": domain});
    assert_eq!(status(&mut client, "DescribeDomain", &whole), "InService");
    let alice = profile(&domain, "alice");
    client.call("CreateUserProfile", &alice).unwrap();
    assert_eq!(
        course(&mut client, "DescribeUserProfile", &alice),
        ["Pending", "Failed"]
    );
    client.call("DeleteUserProfile", &alice).unwrap();
    client.wait(200);
    let policy = json!({"DomainId": domain, "RetentionPolicy": {"HomeEfsFileSystem": "Delete"}});
    client.call("DeleteDomain", &policy).unwrap();
    assert_eq!(
        course(&mut client, "DescribeDomain", &whole),
        ["Deleting", "gone"]
    );
}
