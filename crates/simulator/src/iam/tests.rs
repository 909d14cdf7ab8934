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
    World::new(&scenario, None)
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
