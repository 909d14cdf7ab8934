//! The json 1.1 and rest-json protocols' answers.

use serde_json::{Value, json};

use super::Response;
use crate::error::ServiceError;
use crate::service::Service;

/// A success.
pub fn success(service: Service, status: u16, body: &Value) -> Response {
    Response::new(status, content_type(service), body.to_string().into_bytes())
}

/// A refusal: json 1.1 names the code in `__type`, EFS in a header and in `ErrorCode`. CloudWatch Logs writes its
/// `message` small; the others' member is modelled as `Message`.
pub fn failure(service: Service, error: &ServiceError) -> Response {
    let body = match service {
        Service::Efs => json!({"ErrorCode": error.code, "Message": error.message}),
        Service::Logs => json!({"__type": error.code, "message": error.message}),
        Service::AutoScaling
        | Service::CloudFormation
        | Service::Ec2
        | Service::Iam
        | Service::Quotas
        | Service::SageMaker
        | Service::Sts
        | Service::Tagging => json!({"__type": error.code, "Message": error.message}),
    };
    let response = Response::new(
        error.status,
        content_type(service),
        with_members(body, error).to_string().into_bytes(),
    );
    if service == Service::Efs {
        response.header("x-amzn-errortype", &error.code)
    } else {
        response
    }
}

fn with_members(mut body: Value, error: &ServiceError) -> Value {
    for (name, value) in &error.members {
        body[name] = json!(value);
    }
    body
}

fn content_type(service: Service) -> &'static str {
    if service == Service::Efs {
        "application/json"
    } else {
        "application/x-amz-json-1.1"
    }
}
