//! Service roles (operators' notes, items 14 and 28).

use super::*;
use crate::cloudformation::stack::Operation;

pub(super) const ROLE: &str = "arn:aws:iam::111122223333:role/deployer";

impl Bench {
    fn iam(&mut self, action: &str, members: &[(&str, &str)]) {
        self.send("2010-05-08", action, members).unwrap();
    }

    /// Makes the role, which lets this service assume it.
    pub(super) fn role_for(&mut self, service: &str) {
        let trust = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"{service}"}},"Action":"sts:AssumeRole"}}]}}"#
        );
        let members = [
            ("RoleName", "deployer"),
            ("AssumeRolePolicyDocument", trust.as_str()),
        ];
        self.iam("CreateRole", &members);
    }

    /// As [`Bench::role_for`], when services know it.
    pub(super) fn settled_role_for(&mut self, service: &str) {
        self.role_for(service);
        self.wait(15.0);
    }

    fn operation(&mut self, arn: &str) -> Operation {
        let state = &self.world.region(&Bench::place()).cloudformation;
        state.stacks[arn].operation.clone().unwrap()
    }
}

/// Facts: F.30
#[test]
fn a_role_has_to_exist_and_to_trust_cloudformation() {
    let mut bench = Bench::new();
    let members = [
        ("StackName", "s"),
        ("TemplateBody", GATEWAY),
        ("RoleARN", ROLE),
    ];
    let told = (
        "ValidationError".to_owned(),
        format!("Role {ROLE} is invalid or cannot be assumed"),
    );
    assert_eq!(bench.call("CreateStack", &members).unwrap_err(), told);
    bench.settled_role_for("sagemaker.amazonaws.com");
    assert_eq!(bench.call("CreateStack", &members).unwrap_err(), told);
    bench.iam("DeleteRole", &[("RoleName", "deployer")]);
    bench.role_for("cloudformation.amazonaws.com");
    assert_eq!(bench.call("CreateStack", &members).unwrap_err(), told);
    bench.wait(15.0);
    let set = [
        members[0],
        members[1],
        ("RoleARN", "arn:aws:iam::111122223333:role/other"),
        ("ChangeSetName", "c"),
        ("ChangeSetType", "CREATE"),
    ];
    assert!(
        bench
            .refused("CreateChangeSet", &set)
            .contains("role/other")
    );
    let short = [members[0], members[1], ("RoleARN", "role")];
    assert!(bench.refused("CreateStack", &short).contains("'roleARN'"));
    bench.call("CreateStack", &members).unwrap();
}

/// Facts: F.31
#[test]
fn a_stack_keeps_its_role_and_cannot_go_without_it() {
    let mut bench = Bench::new();
    bench.settled_role_for("cloudformation.amazonaws.com");
    let arn = bench.create_with("s", GATEWAY, &[("RoleARN", ROLE)]);
    assert_eq!(bench.operation(&arn).identity, ROLE);
    assert!(bench.operation(&arn).initiator.ends_with(":user/anonymous"));
    bench.settle();
    assert_eq!(text(&bench.describe("s"), "RoleARN"), ROLE);
    bench.update("s", NETWORK).unwrap();
    assert_eq!(bench.operation(&arn).identity, ROLE);
    bench.settle();
    bench.iam("DeleteRole", &[("RoleName", "deployer")]);
    let told = format!("Role {ROLE} is invalid or cannot be assumed");
    assert_eq!(bench.update("s", GATEWAY).unwrap_err().1, told);
    assert_eq!(bench.refused("DeleteStack", &[("StackName", "s")]), told);
    assert_eq!(bench.status("s"), "UPDATE_COMPLETE");
    // It has to be made anew.
    bench.settled_role_for("cloudformation.amazonaws.com");
    bench.deleted("s");
}

/// Facts: F.32
#[test]
fn without_a_role_an_operation_is_its_callers() {
    let mut bench = Bench::new();
    let arn = bench.create("s", GATEWAY);
    let operation = bench.operation(&arn);
    assert_eq!(operation.identity, operation.initiator);
}
