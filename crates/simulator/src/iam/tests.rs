//! Roles over the wire.

use super::*;
use crate::scenario::Scenario;
use crate::time::SimTime;
use crate::wire::Request;
use crate::world::Reply;

fn world() -> World {
    let mut scenario = Scenario {
        latency: false.into(),
        ..Scenario::default()
    };
    scenario.rates.enforced = false;
    World::begin(&scenario, None).unwrap()
}

fn call(world: &mut World, form: &str) -> String {
    let body = format!("{form}&Version=2010-05-08").into_bytes();
    let request = Request {
        method: "POST".into(),
        path: "/".into(),
        body,
        ..Request::default()
    };
    match world.handle(SimTime::START, &request) {
        Reply::Answer(response, _) => String::from_utf8(response.body).unwrap(),
        Reply::Drop(_) => panic!("dropped"),
    }
}

const CREATE: &str =
    "Action=CreateRole&AssumeRolePolicyDocument=%7B%22Statement%22%3A%5B%5D%7D&RoleName=";
const MANAGED: &str = "PolicyArn=arn:aws:iam::aws:policy/AmazonSageMakerFullAccess";

/// Facts: 7.9, F.28
#[test]
fn a_role_with_policies_is_not_deleted() {
    let mut world = world();
    assert!(call(&mut world, &format!("{CREATE}a")).contains("<RoleId>AROA"));
    assert!(call(&mut world, &format!("{CREATE}A")).contains("EntityAlreadyExists"));
    call(
        &mut world,
        &format!("Action=AttachRolePolicy&RoleName=a&{MANAGED}"),
    );
    let refused = call(&mut world, "Action=DeleteRole&RoleName=a");
    assert!(
        refused.contains("DeleteConflict") && refused.contains("must detach all policies first."),
        "{refused}"
    );
    call(
        &mut world,
        &format!("Action=DetachRolePolicy&RoleName=a&{MANAGED}"),
    );
    call(
        &mut world,
        "Action=PutRolePolicy&RoleName=a&PolicyName=p&PolicyDocument=%7B%22Statement%22%3A%5B%5D%7D",
    );
    assert!(
        call(&mut world, "Action=DeleteRole&RoleName=a").contains("must delete policies first.")
    );
    call(
        &mut world,
        "Action=DeleteRolePolicy&RoleName=a&PolicyName=p",
    );
    assert!(call(&mut world, "Action=DeleteRole&RoleName=a").contains("DeleteRoleResponse"));
    assert!(call(&mut world, "Action=GetRole&RoleName=a").contains("NoSuchEntity"));
}

#[test]
fn lists_are_paged() {
    let mut world = world();
    for name in ["a", "b", "c"] {
        call(&mut world, &format!("{CREATE}{name}"));
    }
    let first = call(&mut world, "Action=ListRoles&MaxItems=2");
    let marker = first
        .split("<Marker>")
        .nth(1)
        .and_then(|rest| rest.split('<').next())
        .unwrap();
    assert!(first.contains("<IsTruncated>true") && !first.contains("<RoleName>c<"));
    let second = call(&mut world, &format!("Action=ListRoles&Marker={marker}"));
    assert!(
        second.contains("<RoleName>c<") && !second.contains("<RoleName>b<"),
        "{second}"
    );
}

/// Facts: 7.1, F.29
#[test]
fn a_service_linked_role_belongs_to_the_account() {
    let mut world = world();
    for _ in 0..2 {
        ensure_service_linked_role(
            &mut world,
            "111122223333",
            "notebooks.sagemaker.amazonaws.com",
        );
    }
    let mut rows = Vec::new();
    world.iam("111122223333").rows("111122223333", &mut rows);
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (rows[0].scope, rows[0].id.as_str()),
        (Scope::Account, "AWSServiceRoleForAmazonSageMakerNotebooks")
    );
}

#[test]
fn an_unknown_parameter_is_refused() {
    assert!(call(&mut world(), "Action=GetRole&RoleName=a&Color=red").contains("ValidationError"));
}

fn code(answer: &str) -> &str {
    let rest = answer.split_once("<Code>").map_or("", |(_, rest)| rest);
    rest.split_once('<').map_or("", |(code, _)| code)
}

/// Facts: 7.7, 8.25, 8.31
#[test]
fn names_and_numbers_of_roles() {
    let scenario = Scenario::read("latency = false\n[quotas]\nroles = 1\n").unwrap();
    let mut world = World::begin(&scenario, None).unwrap();
    let long = "a".repeat(65);
    assert_eq!(
        code(&call(&mut world, &format!("{CREATE}{long}"))),
        "ValidationError"
    );
    let fits = "a".repeat(64);
    assert_eq!(code(&call(&mut world, &format!("{CREATE}{fits}"))), "");
    let refused = call(&mut world, &format!("{CREATE}b"));
    assert_eq!(code(&refused), "LimitExceeded");
    assert!(refused.contains("Cannot exceed quota for RolesPerAccount: 1"));
}

/// Facts: 7.10
#[test]
fn an_instance_profile_holds_its_role() {
    let mut world = world();
    call(&mut world, &format!("{CREATE}a"));
    let of_profile = "&InstanceProfileName=p";
    let made = call(
        &mut world,
        &format!("Action=CreateInstanceProfile{of_profile}"),
    );
    assert!(made.contains("<InstanceProfileId>AIPA"), "{made}");
    let role = format!("{of_profile}&RoleName=a");
    call(
        &mut world,
        &format!("Action=AddRoleToInstanceProfile{role}"),
    );
    let twice = call(
        &mut world,
        &format!("Action=AddRoleToInstanceProfile{role}"),
    );
    assert_eq!(code(&twice), "LimitExceeded");
    let listed = call(&mut world, "Action=ListInstanceProfilesForRole&RoleName=a");
    assert!(listed.contains("<InstanceProfileName>p<") && listed.contains("<RoleName>a<"));
    let held = call(&mut world, "Action=DeleteRole&RoleName=a");
    assert_eq!(code(&held), "DeleteConflict");
    assert!(held.contains("must remove roles from instance profile first."));
    let held = call(
        &mut world,
        &format!("Action=DeleteInstanceProfile{of_profile}"),
    );
    assert_eq!(code(&held), "DeleteConflict");
    call(
        &mut world,
        &format!("Action=RemoveRoleFromInstanceProfile{role}"),
    );
    for form in [
        format!("Action=DeleteInstanceProfile{of_profile}"),
        "Action=DeleteRole&RoleName=a".to_owned(),
    ] {
        assert_eq!(code(&call(&mut world, &form)), "", "{form}");
    }
}

/// Facts: 7.12
#[test]
fn a_managed_policy_has_versions_and_is_held_by_roles() {
    let mut world = world();
    let document = "&PolicyDocument=%7B%22Statement%22%3A%5B%5D%7D";
    let made = call(
        &mut world,
        &format!("Action=CreatePolicy&PolicyName=p{document}"),
    );
    assert!(made.contains("<DefaultVersionId>v1<"), "{made}");
    let arn = "&PolicyArn=arn:aws:iam::111122223333:policy/p";
    let mut act = |action: &str| call(&mut world, &format!("Action={action}{arn}"));
    for _ in 2..=5 {
        let version = act(&format!("CreatePolicyVersion&SetAsDefault=true{document}"));
        assert_eq!(code(&version), "", "{version}");
    }
    assert_eq!(
        code(&act(&format!("CreatePolicyVersion{document}"))),
        "LimitExceeded"
    );
    assert!(act("GetPolicy").contains("<DefaultVersionId>v5<"));
    let first = act("ListPolicyVersions&MaxItems=2");
    assert!(first.contains("<IsTruncated>true") && first.contains("<VersionId>v2<"));
    assert_eq!(
        code(&act("DeletePolicyVersion&VersionId=v5")),
        "DeleteConflict"
    );
    assert_eq!(code(&act("DeletePolicy")), "DeleteConflict");
    for version in 1..=4 {
        act(&format!("DeletePolicyVersion&VersionId=v{version}"));
    }
    call(&mut world, &format!("{CREATE}a"));
    let mut act = |action: &str| call(&mut world, &format!("Action={action}{arn}"));
    act("AttachRolePolicy&RoleName=a");
    assert!(act("GetPolicy").contains("<AttachmentCount>1<"));
    assert_eq!(code(&act("DeletePolicy")), "DeleteConflict");
    act("DetachRolePolicy&RoleName=a");
    assert_eq!(code(&act("DeletePolicy")), "");
    assert_eq!(code(&act("GetPolicy")), "NoSuchEntity");
    let listed = call(&mut world, "Action=ListPolicies&Scope=Local");
    assert!(!listed.contains("<PolicyName>"), "{listed}");
}

/// Facts: 7.11
#[test]
fn a_new_role_is_usable_after_some_seconds() {
    for lags in [true, false] {
        let mut world = world();
        world.switches.new_roles_lag = lags;
        call(&mut world, &format!("{CREATE}a"));
        let arn = "arn:aws:iam::111122223333:role/a";
        assert_eq!(usable(&mut world, "111122223333", arn).is_some(), !lags);
        world.advance(SimTime::START.plus(std::time::Duration::from_secs(11)));
        assert!(usable(&mut world, "111122223333", arn).is_some());
    }
}

/// Facts: 7.6
#[test]
fn a_fixed_name_is_taken_in_every_region() {
    let mut world = world();
    let properties =
        serde_json::json!({"AssumeRolePolicyDocument": {"Statement": []}, "RoleName": "fixed"});
    let none = BTreeMap::new();
    let handler = crate::cloudformation::resource::find(roles::TYPE).unwrap();
    let mut make = |region: &str| {
        let request = crate::cloudformation::resource::Request {
            place: &crate::world::Place::new("111122223333", region),
            stack_name: "s",
            stack_id: "arn:s",
            logical_id: "Role",
            properties: &properties,
            stack_tags: &none,
            old_stack_tags: &none,
        };
        handler.create(&mut world, &request)
    };
    make("us-east-1").unwrap();
    let failure = make("eu-west-1").unwrap_err();
    assert_eq!(failure.handler_code, "AlreadyExists");
    let text = "Resource of type 'AWS::IAM::Role' with identifier 'fixed' already exists.";
    assert_eq!(failure.message, text);
}
