//! Parameters.

use super::*;

fn template(kind: &str) -> String {
    format!("Parameters: {{P: {{Type: '{kind}'}}}}\n{GATEWAY}")
}

impl Bench {
    fn with_parameter(&mut self, kind: &str, value: &str) -> Result<String, Refusal> {
        let template = template(kind);
        self.call(
            "CreateStack",
            &[
                ("StackName", "s"),
                ("TemplateBody", template.as_str()),
                ("Parameters.member.1.ParameterKey", "P"),
                ("Parameters.member.1.ParameterValue", value),
            ],
        )
    }
}

#[test]
fn types_that_nobody_knows_are_refused() {
    let mut bench = Bench::new();
    for kind in [
        "Strin",
        "AWS::SSM::Parameter::Value<String>",
        "List<String>",
        "AWS::EC2::Image::Id",
    ] {
        let refusal = bench.with_parameter(kind, "x").unwrap_err();
        assert!(refusal.1.contains(kind), "{}", refusal.1);
    }
}

#[test]
fn ids_are_looked_up() {
    let mut bench = Bench::new();
    let vpcs = bench.send("2016-11-15", "DescribeVpcs", &[]).unwrap();
    let vpc = text(&vpcs, "vpcId");
    for (kind, bad) in [
        ("AWS::EC2::VPC::Id", "vpc-1"),
        ("List<AWS::EC2::VPC::Id>", "vpc-1"),
        ("AWS::EC2::Subnet::Id", "subnet-1"),
        ("AWS::EC2::SecurityGroup::Id", "sg-1"),
        ("AWS::EC2::AvailabilityZone::Name", "us-east-9z"),
    ] {
        let given = if kind.starts_with("List") {
            format!("{vpc}, {bad}")
        } else {
            bad.to_owned()
        };
        let refusal = bench.with_parameter(kind, &given).unwrap_err();
        assert_eq!(refusal.0, "ValidationError");
        assert_eq!(
            refusal.1,
            format!(
                "Parameter validation failed: parameter value {bad} for parameter name P does not exist"
            )
        );
    }
    bench.with_parameter("AWS::EC2::VPC::Id", &vpc).unwrap();
}

/// Facts: 3.6.8
#[test]
fn numbers_and_lengths_are_held() {
    let mut bench = Bench::new();
    assert!(bench.with_parameter("Number", "NaN").is_err());
    assert!(bench.with_parameter("List<Number>", "1,x").is_err());
    assert!(bench.with_parameter("String", &"x".repeat(4097)).is_err());
    bench.with_parameter("List<Number>", "1,2").unwrap();
}
