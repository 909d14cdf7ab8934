//! Quotas over the wire.

use serde_json::{Value, json};

use crate::Switches;
use crate::sagemaker::testing::{Client, Refusal};
use crate::service::Service;

fn ask(client: &mut Client, action: &str, input: &Value) -> Result<Value, Refusal> {
    client.ask(Service::Quotas, action, input)
}

fn domains() -> Value {
    json!({"ServiceCode": "sagemaker", "QuotaCode": "L-B683BCB0"})
}

fn without_raised_only() -> Client {
    Client::with(Switches {
        unraised_quotas_are_not_applied: false,
        ..Switches::default()
    })
}

/// Facts: F.42
#[test]
fn a_default_is_told_whatever_applies() {
    let mut client = Client::new();
    client.world.quotas.set("domains", 2).unwrap();
    let default = ask(&mut client, "GetAWSDefaultServiceQuota", &domains()).unwrap();
    let applied = ask(&mut client, "GetServiceQuota", &domains()).unwrap();
    assert_eq!(
        (&default["Quota"]["Value"], &applied["Quota"]["Value"]),
        (&json!(20), &json!(2))
    );
    assert_eq!(applied["Quota"]["QuotaName"], json!("Total domains"));
    let arn = "arn:aws:servicequotas:us-east-1:111122223333:sagemaker/L-B683BCB0";
    assert_eq!(applied["Quota"]["QuotaArn"], json!(arn));
}

/// Facts: F.43
#[test]
fn whether_an_unraised_quota_has_an_applied_value_is_a_switch() {
    let mut client = Client::new();
    let refused = ask(&mut client, "GetServiceQuota", &domains()).unwrap_err();
    assert_eq!(refused.0, "NoSuchResourceException");
    let all = json!({"ServiceCode": "sagemaker"});
    let listed = ask(&mut client, "ListServiceQuotas", &all).unwrap();
    assert_eq!(listed["Quotas"], json!([]));
    let mut client = without_raised_only();
    let applied = ask(&mut client, "GetServiceQuota", &domains()).unwrap();
    assert_eq!(applied["Quota"]["Value"], json!(20));
}

/// Facts: F.44
#[test]
fn quotas_per_instance_type_are_found_by_name_over_all_pages() {
    for action in ["ListServiceQuotas", "ListAWSDefaultServiceQuotas"] {
        let mut client = without_raised_only();
        let mut input = json!({"ServiceCode": "sagemaker", "MaxResults": 100});
        let (mut names, mut pages) = (Vec::new(), 0);
        loop {
            let page = ask(&mut client, action, &input).unwrap();
            let quotas = page["Quotas"].as_array().unwrap();
            names.extend(quotas.iter().map(|quota| quota["QuotaName"].clone()));
            pages += 1;
            match page.get("NextToken") {
                Some(token) => input["NextToken"] = token.clone(),
                None => break,
            }
        }
        let wanted = json!("Studio JupyterLab Apps running on ml.t3.medium instances");
        assert!(
            pages > 1 && names.contains(&wanted),
            "{action}: {pages} pages"
        );
    }
}

#[test]
fn services_and_what_does_not_exist() {
    let mut client = without_raised_only();
    let services = ask(&mut client, "ListServices", &json!({})).unwrap();
    let services = services["Services"].as_array().unwrap();
    let sagemaker = json!({"ServiceCode": "sagemaker", "ServiceName": "Amazon SageMaker"});
    assert!(services.contains(&sagemaker), "{services:?}");
    for (action, input, code) in [
        (
            "ListServiceQuotas",
            json!({"ServiceCode": "coffee"}),
            "NoSuchResourceException",
        ),
        (
            "GetServiceQuota",
            json!({"ServiceCode": "sagemaker", "QuotaCode": "L-0"}),
            "NoSuchResourceException",
        ),
        (
            "ListServices",
            json!({"MaxResults": 101}),
            "IllegalArgumentException",
        ),
        (
            "ListServices",
            json!({"Color": 1}),
            "IllegalArgumentException",
        ),
        (
            "ListServices",
            json!({"NextToken": "%"}),
            "InvalidPaginationTokenException",
        ),
    ] {
        let refused = ask(&mut client, action, &input).unwrap_err();
        assert_eq!(refused.0, code, "{action} {input}");
    }
}
