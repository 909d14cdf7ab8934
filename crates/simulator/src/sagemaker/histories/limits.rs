use serde_json::{Value, json};

use super::{make_profile, profile};
use crate::quotas;
use crate::sagemaker::testing::{self, Client, app};

const HELP: &str = "Please use AWS Service Quotas to request an increase for this quota. If AWS Service Quotas is not \
                    available, contact AWS support to request an increase for this quota.";

fn exceeded(client: &mut Client, action: &str, input: &Value) -> String {
    let (code, text) = client.call(action, input).unwrap_err();
    assert_eq!(code, "ResourceLimitExceeded", "{text}");
    text
}

/// Facts: 1.2.14, 8.1, F.1
#[test]
fn a_domain_that_failed_counts_until_it_is_deleted() {
    let mut client = Client::new();
    client.world.quotas.set("domains", 1).unwrap();
    client.fault(json!({"match": {"type": "AWS::SageMaker::Domain", "operation": "create", "times": 1}, "effect": {"kind": "fail"}}));
    let failed = client.domain("a");
    let input = client.domain_input("b");
    assert_eq!(
        exceeded(&mut client, "CreateDomain", &input),
        format!(
            "The account-level service limit 'Total domains' is 1 Domains, with current utilization of 1 Domains and a \
             request delta of 1 Domains. {HELP}"
        )
    );
    client
        .call("DeleteDomain", &json!({"DomainId": failed}))
        .unwrap();
    exceeded(&mut client, "CreateDomain", &input);
    client.wait(300);
    client.call("CreateDomain", &input).unwrap();
}

/// Facts: 8.2
#[test]
fn apps_are_counted_by_type_and_instance() {
    let mut client = Client::new();
    let domain = client.studio();
    let quota = "Studio JupyterLab Apps running on ml.t3.medium instances";
    client.world.quotas.set(quota, 1).unwrap();
    let mut other = testing::space(&domain);
    other["SpaceName"] = json!("other");
    client.call("CreateSpace", &other).unwrap();
    client.wait(100);
    let mut input = app(&domain);
    input["SpaceName"] = json!("other");
    let text = exceeded(&mut client, "CreateApp", &input);
    assert!(
        text.contains(&format!(
            "'{quota}' is 1 Apps, with current utilization of 1 Apps"
        )),
        "{text}"
    );
    input["ResourceSpec"] = json!({"InstanceType": "ml.p3.2xlarge"});
    assert_eq!(
        exceeded(&mut client, "CreateApp", &input),
        format!(
            "The account-level service limit 'Studio JupyterLab Apps running on ml.p3.2xlarge instances' is 0 Apps, with \
             current utilization of 0 Apps and a request delta of 1 Apps. {HELP}"
        )
    );
    input["ResourceSpec"] = json!({"InstanceType": "ml.t3.large"});
    client.call("CreateApp", &input).unwrap();
    client.call("DeleteApp", &app(&domain)).unwrap();
    client.wait(300);
    client.call("CreateApp", &app(&domain)).unwrap();
}

/// Facts: 8.3
#[test]
fn profiles_and_spaces_are_counted_over_all_domains() {
    let mut client = Client::new();
    let domain = client.domain("studio");
    let second = client.domain("second");
    make_profile(&mut client, &domain, "alice");
    client.world.quotas.set("user-profiles", 1).unwrap();
    let text = exceeded(&mut client, "CreateUserProfile", &profile(&second, "bob"));
    assert!(
        text.contains("'Maximum number of Studio user profiles allowed per account' is 1"),
        "{text}"
    );
    client.world.quotas.set("spaces", 0).unwrap();
    let text = exceeded(&mut client, "CreateSpace", &testing::space(&domain));
    assert!(
        text.contains("'Maximum number of Studio spaces allowed per account' is 0"),
        "{text}"
    );
}

/// Facts: 8.4, F.1
#[test]
fn codes_of_service_quotas() {
    let known = quotas::known();
    let code = |name: &str| {
        let quota = known.iter().find(|quota| quota.name == name).unwrap();
        (quota.service, quota.code.as_str())
    };
    assert_eq!(code(quotas::TOTAL_DOMAINS), ("sagemaker", "L-B683BCB0"));
    assert_eq!(code(quotas::USER_PROFILES), ("sagemaker", "L-AC46C40F"));
}

/// Facts: 8.5
#[test]
fn an_app_in_a_full_subnet_fails() {
    let mut client = Client::new();
    let domain = client.studio();
    client.call("DeleteApp", &app(&domain)).unwrap();
    client.wait(600);
    let place = Client::place();
    let (_, subnets, _) = client.network();
    for subnet in &subnets[..2] {
        let ec2 = &mut client.world.region(&place).ec2;
        ec2.subnets.get_mut(subnet).unwrap().cidr = "172.31.0.0/32".parse().unwrap();
    }
    client.call("CreateApp", &app(&domain)).unwrap();
    client.wait(500);
    let shown = client.call("DescribeApp", &app(&domain)).unwrap();
    assert_eq!(shown["Status"], "Failed");
    let reason = shown["FailureReason"].as_str().unwrap();
    assert!(
        reason.starts_with("InsufficientFreeAddressesInSubnet"),
        "{reason}"
    );
}
