//! Client tokens.

use super::*;

/// Facts: 3.5.12
#[test]
fn the_same_request_is_answered_as_before_and_another_is_refused() {
    let mut bench = Bench::new();
    let members = [
        ("StackName", "s"),
        ("TemplateBody", GATEWAY),
        ("ClientRequestToken", "t-1"),
    ];
    let first = bench.call("CreateStack", &members).unwrap();
    bench.settle();
    let again = bench.call("CreateStack", &members).unwrap();
    for element in ["StackId", "OperationId"] {
        assert_eq!(text(&first, element), text(&again, element));
    }
    let mut other = members;
    other[1].1 = NETWORK;
    for action in ["CreateStack", "UpdateStack"] {
        let refusal = bench.call(action, &other).unwrap_err();
        assert_eq!(refusal.0, "TokenAlreadyExistsException", "{action}");
    }
    let delete = [members[0], members[2]];
    let refusal = bench.call("DeleteStack", &delete).unwrap_err();
    assert_eq!(refusal.0, "TokenAlreadyExistsException");
}

/// Facts: 3.6.6
#[test]
fn a_token_has_a_form() {
    let mut bench = Bench::new();
    let long = "t".repeat(129);
    for bad in ["a_b", "-a", "", long.as_str()] {
        let members = [
            ("StackName", "s"),
            ("TemplateBody", GATEWAY),
            ("ClientRequestToken", bad),
        ];
        let refusal = bench.refused("CreateStack", &members);
        assert!(refusal.contains("clientRequestToken"), "{refusal}");
    }
}
