//! Every intrinsic function.

use super::*;

#[test]
fn every_function_is_evaluated() {
    let template = r#"
Parameters:
  Name: {Type: String, Default: lab}
  Many: {Type: CommaDelimitedList, Default: "a, b,c"}
Mappings: {Sizes: {small: {cpu: 2}}}
Conditions:
  Lab: !Equals [!Ref Name, lab]
  Not: !Not [!Condition Lab]
  Both: !And [!Condition Lab, !Equals [a, a]]
  Any: !Or [!Condition Not, !Condition Both]
Resources:
  Gateway: {Type: AWS::EC2::InternetGateway, Properties: {Tags: !If [Not, [{Key: x, Value: y}], !Ref AWS::NoValue]}}
Outputs:
  Ref: {Value: !Ref Gateway}
  GetAtt: {Value: !GetAtt Gateway.InternetGatewayId}
  Sub: {Value: !Sub "${Name}-${AWS::Region}-${!literal}-${Gateway.InternetGatewayId}"}
  SubOwn: {Value: !Sub ["${One}/${Name}", {One: !Select [1, !Ref Many]}]}
  Join: {Value: !Join ["+", [!Ref Name, !Ref AWS::NoValue, !Ref AWS::AccountId]]}
  Split: {Value: !Select [2, !Split ["-", "x-y-z"]]}
  FindInMap: {Value: !FindInMap [Sizes, small, cpu]}
  Default: {Value: !FindInMap [Sizes, large, cpu, {DefaultValue: 4}]}
  Zone: {Value: !Select [0, !GetAZs ""]}
  Cidr: {Value: !Select [1, !Cidr [10.0.0.0/16, 4, 8]]}
  If: {Value: !If [Any, "yes", "no"]}
  Base64: {Value: {"Fn::Base64": hello}}
  Imported: {Value: !ImportValue gateway}
  Partition: {Value: !Sub "${AWS::Partition}/${AWS::StackName}/${AWS::URLSuffix}"}
  Absent: {Value: x, Condition: Not}
"#;
    let mut bench = Bench::new();
    bench.created("exporter", EXPORTER);
    bench.created("s", template);
    let gateway = bench.physical("s", "Gateway");
    let exported = bench.physical("exporter", "Gateway");
    for (key, value) in [
        ("Ref", gateway.clone()),
        ("GetAtt", gateway.clone()),
        ("Sub", format!("lab-us-east-1-${{literal}}-{gateway}")),
        ("SubOwn", "b/lab".to_owned()),
        ("Join", "lab+111122223333".to_owned()),
        ("Split", "z".to_owned()),
        ("FindInMap", "2".to_owned()),
        ("Default", "4".to_owned()),
        ("Zone", "us-east-1a".to_owned()),
        ("Cidr", "10.0.1.0/24".to_owned()),
        ("If", "yes".to_owned()),
        ("Base64", "aGVsbG8=".to_owned()),
        ("Imported", exported),
        ("Partition", "aws/s/amazonaws.com".to_owned()),
    ] {
        assert_eq!(bench.output("s", key), Some(value), "{key}");
    }
    assert_eq!(bench.output("s", "Absent"), None);
}

#[test]
fn no_value_is_no_text() {
    let mut bench = Bench::new();
    for value in [
        "!Ref AWS::NoValue",
        "!Sub 'a${AWS::NoValue}'",
        "!Join [x, !Ref AWS::NoValue]",
    ] {
        let arn = bench.create(
            "s",
            &format!("{GATEWAY}\nOutputs: {{A: {{Value: {value}}}}}"),
        );
        bench.settle();
        assert_eq!(bench.status(&arn), "ROLLBACK_COMPLETE", "{value}");
        let told = bench
            .events(&arn)
            .into_iter()
            .find(|it| it.1 == "ROLLBACK_IN_PROGRESS");
        let told = told.unwrap().2;
        assert!(told.starts_with("Template error: "), "{told}");
        bench.delete("s");
        bench.settle();
    }
}
