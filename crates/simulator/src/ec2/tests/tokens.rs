//! Client tokens.

use super::*;

#[test]
fn the_same_token_gives_the_same_object() {
    let mut bench = Bench::new();
    let vpc = bench.vpc();
    let form = format!("CreateRouteTable&VpcId={vpc}&ClientToken=once");
    let first = bench.get(&form, "routeTableId");
    bench.wait(3600);
    assert_eq!(bench.get(&form, "routeTableId"), first);
    let other = form.replace("once", "again");
    assert_ne!(bench.get(&other, "routeTableId"), first);
    // A token is one action's: an ACL may have it too.
    bench.get(&form.replace("RouteTable", "NetworkAcl"), "networkAclId");
}

#[test]
fn a_token_goes_with_one_input_only() {
    let mut bench = Bench::new();
    let (vpc, other) = (bench.vpc(), bench.vpc());
    let form = format!("CreateNetworkAcl&VpcId={vpc}&ClientToken=once");
    bench.get(&form, "networkAclId");
    let changed = form.replace(&vpc, &other);
    assert_eq!(bench.refused(&changed), "IdempotentParameterMismatch");
}

#[test]
fn a_refusal_leaves_its_token_unused() {
    let mut bench = Bench::new();
    let wrong = "CreateRouteTable&VpcId=vpc-0&ClientToken=once";
    assert_eq!(bench.refused(wrong), "InvalidVpcID.NotFound");
    let vpc = bench.vpc();
    bench.get(&wrong.replace("vpc-0", &vpc), "routeTableId");
}
