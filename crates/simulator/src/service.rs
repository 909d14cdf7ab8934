//! Which service a request is for, and the way there and back through its protocol.

use serde_json::Value;

use crate::error::ServiceError;
use crate::switches::Switches;
use crate::wire::{self, Input, Output, Request, Response, json, query};
use crate::world::{Answered, Call};
use crate::{
    auto_scaling, cloudformation, ec2, efs, iam, logs, sagemaker, service_quotas, sts, tagging,
};

/// The account of every caller.
pub const ACCOUNT: &str = "111122223333";

/// The services that the simulator speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Application Auto Scaling.
    AutoScaling,
    CloudFormation,
    Ec2,
    Efs,
    Iam,
    /// CloudWatch Logs.
    Logs,
    /// Service Quotas.
    Quotas,
    SageMaker,
    Sts,
    /// The Resource Groups Tagging API.
    Tagging,
}

impl Service {
    /// Every service.
    pub const ALL: [Service; 10] = [
        Service::AutoScaling,
        Service::CloudFormation,
        Service::Ec2,
        Service::Efs,
        Service::Iam,
        Service::Logs,
        Service::Quotas,
        Service::SageMaker,
        Service::Sts,
        Service::Tagging,
    ];

    /// Everything that it can be asked.
    pub fn operations(self) -> &'static [Operation] {
        match self {
            Service::AutoScaling => auto_scaling::OPERATIONS,
            Service::CloudFormation => cloudformation::OPERATIONS,
            Service::Ec2 => ec2::OPERATIONS,
            Service::Efs => efs::OPERATIONS,
            Service::Iam => iam::OPERATIONS,
            Service::Logs => logs::OPERATIONS,
            Service::Quotas => service_quotas::OPERATIONS,
            Service::SageMaker => sagemaker::OPERATIONS,
            Service::Sts => sts::OPERATIONS,
            Service::Tagging => tagging::OPERATIONS,
        }
    }

    /// The prefix of its IAM actions.
    pub fn prefix(self) -> &'static str {
        match self {
            Service::AutoScaling => "application-autoscaling",
            Service::CloudFormation => "cloudformation",
            Service::Ec2 => "ec2",
            Service::Efs => "elasticfilesystem",
            Service::Iam => "iam",
            Service::Logs => "logs",
            Service::Quotas => "servicequotas",
            Service::SageMaker => "sagemaker",
            Service::Sts => "sts",
            Service::Tagging => "tag",
        }
    }

    /// What precedes the operation in `X-Amz-Target`, where the service's protocol is json 1.1 (section 0 of the notes
    /// on AWS's behaviour).
    pub(crate) fn target(self) -> Option<&'static str> {
        match self {
            Service::AutoScaling => Some("AnyScaleFrontendService"),
            Service::Logs => Some("Logs_20140328"),
            Service::Quotas => Some("ServiceQuotasV20190624"),
            Service::SageMaker => Some("SageMaker"),
            Service::Tagging => Some("ResourceGroupsTaggingAPI_20170126"),
            Service::CloudFormation | Service::Ec2 | Service::Efs | Service::Iam | Service::Sts => {
                None
            }
        }
    }

    /// Whether it is asked and answers in JSON (json 1.1, and EFS's rest-json), where scalars have types.
    pub(crate) fn speaks_json(self) -> bool {
        self.target().is_some() || self == Service::Efs
    }

    /// Too many calls, in the service's words.
    pub fn throttled(self, switches: &Switches) -> ServiceError {
        match self {
            Service::Ec2 => {
                let status = if switches.ec2_throttles_with_400 {
                    400
                } else {
                    503
                };
                ServiceError::new("RequestLimitExceeded", "Request limit exceeded.").status(status)
            }
            Service::Efs => ServiceError::new("ThrottlingException", "Rate exceeded").status(429),
            Service::SageMaker | Service::Logs | Service::AutoScaling => {
                ServiceError::new("ThrottlingException", "Rate exceeded")
            }
            Service::Tagging => ServiceError::new("ThrottledException", "Rate exceeded"),
            Service::Quotas => ServiceError::new("TooManyRequestsException", "Rate exceeded"),
            Service::CloudFormation | Service::Iam | Service::Sts => {
                ServiceError::new("Throttling", "Rate exceeded")
            }
        }
    }

    /// An access key of nobody's, in the service's words.
    pub(crate) fn unknown_key(self) -> ServiceError {
        let text = "The security token included in the request is invalid.";
        match self {
            Service::Ec2 => {
                let text = "AWS was not able to validate the provided access credentials";
                ServiceError::new("AuthFailure", text).status(401)
            }
            Service::AutoScaling
            | Service::Efs
            | Service::Logs
            | Service::Quotas
            | Service::SageMaker
            | Service::Tagging => ServiceError::new("UnrecognizedClientException", text),
            Service::CloudFormation | Service::Iam | Service::Sts => {
                ServiceError::new("InvalidClientTokenId", text).status(403)
            }
        }
    }

    /// Credentials that have expired, in the service's words (section F of the operators' notes).
    pub fn expired(self) -> ServiceError {
        match self {
            Service::Ec2 => ServiceError::new("RequestExpired", "Request has expired."),
            Service::AutoScaling
            | Service::Efs
            | Service::Logs
            | Service::Quotas
            | Service::SageMaker
            | Service::Tagging => ServiceError::new(
                "ExpiredTokenException",
                "The security token included in the request is expired",
            ),
            Service::CloudFormation | Service::Iam | Service::Sts => ServiceError::new(
                "ExpiredToken",
                "The security token included in the request is expired",
            )
            .status(403),
        }
    }
}

/// A request understood as far as its protocol goes.
#[derive(Clone, Debug)]
pub struct Invocation {
    pub service: Service,
    pub action: String,
    pub input: Input,
}

impl Invocation {
    /// `sagemaker:DeleteApp`.
    pub fn iam_action(&self) -> String {
        format!("{}:{}", self.service.prefix(), self.action)
    }

    /// Whether the action can change anything.
    pub fn write(&self) -> bool {
        let reads = [
            "Describe", "List", "Get", "Search", "Validate", "Estimate", "Assume",
        ];
        !reads.iter().any(|verb| self.action.starts_with(verb))
    }
}

/// A request that is for no operation: the service in whose form it is refused, and the action as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unrouted {
    pub service: Service,
    pub action: String,
    pub error: ServiceError,
}

impl Unrouted {
    /// As the log names the action.
    pub fn iam_action(&self) -> String {
        format!("{}:{}", self.service.prefix(), self.action)
    }
}

/// Finds the service, the action and the input of a request (section 0 of the notes on AWS's behaviour).
///
/// # Errors
/// The refusal, and the service in whose form it is given.
pub fn route(request: &Request) -> Result<Invocation, Unrouted> {
    let target = request.header("x-amz-target");
    if !target.is_empty() {
        return json_target(target, &request.body);
    }
    if request.path.starts_with("/2015-02-01/") {
        return efs::route(request).map_err(|error| Unrouted {
            service: Service::Efs,
            action: format!("{} {}", request.method, request.path),
            error,
        });
    }
    form(&String::from_utf8_lossy(&request.body))
}

fn form(body: &str) -> Result<Invocation, Unrouted> {
    let pairs = wire::form(body);
    let find = |name: &str| {
        let pair = pairs.iter().find(|(key, _)| key == name);
        pair.map_or("", |(_, value)| value.as_str())
    };
    let (action, version) = (find("Action"), find("Version"));
    let refuse = |service, code: &str, message: String| Unrouted {
        service,
        action: action.to_owned(),
        error: ServiceError::new(code, message),
    };
    let service = match version {
        "2010-05-15" => Service::CloudFormation,
        "2016-11-15" => Service::Ec2,
        "2011-06-15" => Service::Sts,
        "2010-05-08" => Service::Iam,
        _ => {
            let message = format!(
                "Could not find operation {} for version {}",
                action.escape_debug(),
                version.escape_debug()
            );
            return Err(refuse(Service::Sts, "InvalidAction", message));
        }
    };
    let code = if service == Service::Ec2 {
        "InvalidParameterValue"
    } else {
        "ValidationError"
    };
    let value = query::tree(&pairs).map_err(|problem| refuse(service, code, problem))?;
    Ok(Invocation {
        service,
        action: action.to_owned(),
        input: Input {
            value,
            textual: true,
        },
    })
}

fn json_target(target: &str, body: &[u8]) -> Result<Invocation, Unrouted> {
    let (service, action) = target_of(target)?;
    let value: Value = if body.is_empty() {
        Value::Object(serde_json::Map::new())
    } else {
        serde_json::from_slice(body).map_err(|problem| Unrouted {
            service,
            action: action.to_owned(),
            error: ServiceError::new("SerializationException", problem.to_string()),
        })?
    };
    Ok(Invocation {
        service,
        action: action.to_owned(),
        input: Input {
            value,
            textual: false,
        },
    })
}

/// The service and the operation that `X-Amz-Target` names.
fn target_of(target: &str) -> Result<(Service, &str), Unrouted> {
    let named = target.split_once('.').and_then(|(prefix, action)| {
        let mut services = Service::ALL.into_iter();
        let service = services.find(|service| service.target() == Some(prefix))?;
        Some((service, action))
    });
    named.ok_or_else(|| Unrouted {
        service: Service::SageMaker,
        action: target.to_owned(),
        error: ServiceError::new(
            "UnknownOperationException",
            format!("The operation {target} is not known"),
        ),
    })
}

/// An operation by its name, and what it does.
pub type Operation = (&'static str, fn(&mut Call<'_>, &Input) -> Answered);

/// Lets the service do it.
///
/// # Errors
/// The service's refusal.
pub fn perform(call: &mut Call<'_>, invocation: &Invocation) -> Answered {
    let (service, action) = (invocation.service, invocation.action.as_str());
    let known = service
        .operations()
        .iter()
        .find(|(name, _)| *name == action);
    let Some((_, operation)) = known else {
        return Err(unknown_action(service, action));
    };
    action.clone_into(&mut call.action);
    if service == Service::Ec2 {
        let input = ec2::without_dry_run(&invocation.input)?;
        return ec2::once(call, action, &input, *operation).map_err(ec2::in_our_words);
    }
    operation(call, &invocation.input)
}

/// The refusal of an action that the simulator does not know.
pub fn unknown_action(service: Service, action: &str) -> ServiceError {
    if service.speaks_json() {
        return ServiceError::new(
            "UnknownOperationException",
            format!("The operation {action} is not known"),
        );
    }
    ServiceError::new(
        "InvalidAction",
        format!("The action {action} is not valid for this web service."),
    )
}

/// Renders a success.
pub fn success(invocation: &Invocation, output: &Output, request_id: &str) -> Response {
    let service = invocation.service;
    let response = match output {
        Output::Xml(members) => {
            let body = query::success(service, &invocation.action, members.clone(), request_id);
            Response::new(200, "text/xml;charset=UTF-8", body)
        }
        Output::Json(body) => json::success(service, 200, body),
        Output::Created(body) => json::success(service, 201, body),
        Output::Empty(status) => Response {
            status: *status,
            headers: Vec::new(),
            body: Vec::new(),
        },
    };
    response.header("x-amzn-requestid", request_id)
}

/// Renders a refusal.
pub fn refusal(service: Service, error: &ServiceError, request_id: &str) -> Response {
    let response = if service.speaks_json() {
        json::failure(service, error)
    } else {
        Response::new(
            error.status,
            "text/xml;charset=UTF-8",
            query::failure(service, error, request_id),
        )
    };
    response.header("x-amzn-requestid", request_id)
}

/// `KEY/20260105/us-east-1/ec2/aws4_request` out of the `Authorization` header.
fn credential(request: &Request) -> Vec<&str> {
    request
        .header("authorization")
        .split_once("Credential=")
        .map(|(_, rest)| {
            rest.split(',')
                .next()
                .unwrap_or_default()
                .split('/')
                .collect()
        })
        .unwrap_or_default()
}

/// The region that the request was signed for.
pub fn region(request: &Request) -> String {
    credential(request)
        .get(2)
        .filter(|region| !region.is_empty())
        .map_or("us-east-1", |region| region)
        .to_owned()
}

/// The access key that a request was signed with.
pub(crate) fn access_key(request: &Request) -> String {
    let key = credential(request).first().copied();
    let key = key.filter(|key| !key.is_empty());
    key.unwrap_or("anonymous").to_owned()
}

/// ARN of the user of this name.
pub fn user(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:user/{}", name.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed(body: &str, headers: &[(&str, &str)]) -> Request {
        let mut request = Request {
            method: "POST".into(),
            path: "/".into(),
            body: body.into(),
            ..Request::default()
        };
        for (name, value) in headers {
            request
                .headers
                .insert((*name).to_owned(), (*value).to_owned());
        }
        request
    }

    #[test]
    fn services_are_told_apart() {
        let ec2 = route(&signed("Action=DescribeVpcs&Version=2016-11-15", &[])).unwrap();
        assert_eq!(
            (ec2.service, ec2.iam_action().as_str(), ec2.write()),
            (Service::Ec2, "ec2:DescribeVpcs", false)
        );
        let sagemaker = route(&signed("{}", &[("x-amz-target", "SageMaker.DeleteApp")])).unwrap();
        assert_eq!(
            (sagemaker.service, sagemaker.write()),
            (Service::SageMaker, true)
        );
        assert_eq!(
            route(&signed("Action=X&Version=1", &[]))
                .unwrap_err()
                .error
                .code,
            "InvalidAction"
        );
    }

    fn targeted(target: &str) -> Result<Invocation, Unrouted> {
        route(&signed("{}", &[("x-amz-target", target)]))
    }

    /// Facts: 0.1
    #[test]
    fn the_target_names_the_service_of_a_json_request() {
        for (target, action) in [
            ("SageMaker.DeleteApp", "sagemaker:DeleteApp"),
            ("Logs_20140328.DescribeLogGroups", "logs:DescribeLogGroups"),
            (
                "ResourceGroupsTaggingAPI_20170126.GetResources",
                "tag:GetResources",
            ),
            (
                "AnyScaleFrontendService.DescribeScalableTargets",
                "application-autoscaling:DescribeScalableTargets",
            ),
            (
                "ServiceQuotasV20190624.GetServiceQuota",
                "servicequotas:GetServiceQuota",
            ),
        ] {
            assert_eq!(targeted(target).unwrap().iam_action(), action);
        }
        for unknown in ["Kinesis_20131202.ListStreams", "SageMaker", ""] {
            let error = targeted(unknown).unwrap_err().error;
            assert!(
                ["UnknownOperationException", "InvalidAction"].contains(&error.code.as_str()),
                "{unknown}"
            );
        }
    }

    /// Facts: 0.2, 0.3
    #[test]
    fn each_service_refuses_in_its_own_words() {
        let services = [
            (Service::Logs, "ThrottlingException"),
            (Service::AutoScaling, "ThrottlingException"),
            (Service::Tagging, "ThrottledException"),
            (Service::Quotas, "TooManyRequestsException"),
        ];
        for (service, throttled) in services {
            assert_eq!(service.throttled(&Switches::default()).code, throttled);
            assert_eq!(service.expired().code, "ExpiredTokenException");
            let unknown = unknown_action(service, "MakeCoffee");
            let response = refusal(service, &unknown, "id");
            let body: Value = serde_json::from_slice(&response.body).unwrap();
            assert_eq!(
                (response.status, &body["__type"]),
                (400, &Value::from("UnknownOperationException"))
            );
            let member = if service == Service::Logs {
                "message"
            } else {
                "Message"
            };
            assert!(body[member].as_str().unwrap().contains("MakeCoffee"));
        }
    }

    #[test]
    fn the_signature_tells_region_and_caller() {
        let authorization = "AWS4-HMAC-SHA256 Credential=ALICE/20260105/eu-west-1/ec2/aws4_request, SignedHeaders=host";
        let request = signed("", &[("authorization", authorization)]);
        assert_eq!(region(&request), "eu-west-1");
        assert_eq!(
            user(&access_key(&request)),
            "arn:aws:iam::111122223333:user/alice"
        );
    }
}
