//! The calls. The only place that names the SDK: one file a service, which pages to the end and returns our own types.

mod authorization;
pub mod auto_scaling;
pub mod budget;
pub mod change_sets;
pub mod client;
pub mod cloudformation;
mod companions;
pub mod ec2;
pub mod efs;
pub mod error;
mod gateways;
pub mod iam;
pub mod inference;
pub mod jobs;
pub mod logs;
pub mod network_parts;
pub mod participants;
pub mod sagemaker;
pub mod service_quotas;
mod service_time;
#[cfg(feature = "simulator")]
pub mod session;
pub mod sts;
pub mod tagging;
pub mod transport;
pub mod vpc_endpoints;

pub use client::Aws;
pub use error::{CallError, Class};

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;

/// The services that are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    AutoScaling,
    CloudFormation,
    Ec2,
    Efs,
    Iam,
    Logs,
    SageMaker,
    ServiceQuotas,
    Sts,
    Tagging,
}

impl Service {
    /// The prefix of its IAM actions.
    pub fn prefix(self) -> &'static str {
        match self {
            Service::AutoScaling => "application-autoscaling",
            Service::CloudFormation => "cloudformation",
            Service::Ec2 => "ec2",
            Service::Efs => "elasticfilesystem",
            Service::Iam => "iam",
            Service::Logs => "logs",
            Service::SageMaker => "sagemaker",
            Service::ServiceQuotas => "servicequotas",
            Service::Sts => "sts",
            Service::Tagging => "tag",
        }
    }
}

/// A call that has ended, for whoever wants to see them all.
#[derive(Clone, Debug)]
pub struct Called {
    /// As IAM names it.
    pub action: String,
    pub took: Duration,
    /// The error's code where it was not answered.
    pub code: Option<String>,
    /// What there is to say about an error beyond its code.
    pub detail: Option<String>,
    pub request_id: Option<String>,
}

impl Aws {
    /// Makes one call within the action's budget.
    ///
    /// A request is tens of KiB until it is answered, and whoever passes it on by value has room for it twice: on the heap
    /// it is there once, from when it is asked for to its answer.
    ///
    /// # Errors
    /// What came instead of the answer, classified; of a denial what its encoded message says, where that can be known.
    fn call<'a, O, E>(
        &'a self,
        service: Service,
        operation: &'static str,
        request: impl Future<Output = Result<O, SdkError<E, Response>>> + 'a,
    ) -> impl Future<Output = Result<O, CallError>> + 'a
    where
        O: RequestId + 'a,
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let request = Box::pin(request);
        async move {
            match self.attempt(service, operation, request).await {
                Ok(answer) => Ok(answer),
                Err(error) => Err(self.decoded(error).await),
            }
        }
    }

    async fn attempt<O: RequestId, E: ProvideErrorMetadata + std::error::Error + 'static>(
        &self,
        service: Service,
        operation: &'static str,
        request: Pin<Box<impl Future<Output = Result<O, SdkError<E, Response>>>>>,
    ) -> Result<O, CallError> {
        let budget = self.budget(service, operation);
        let admission = budget.admit(self.clock()).await;
        let began = self.clock().elapsed();
        let result = request.await.map_err(|error| {
            let error = CallError::new(service, operation, &error, self.clock().time());
            self.in_time(error)
        });
        if result.is_ok() {
            self.note_answer();
        }
        let class = result.as_ref().err().map(|error| error.class);
        budget.learn(&admission, class, self.clock().elapsed());
        self.tell(|| Called {
            action: format!("{}:{operation}", service.prefix()),
            took: self.clock().elapsed().saturating_sub(began),
            code: result.as_ref().err().map(|error| error.code.clone()),
            detail: result.as_ref().err().and_then(|error| error.detail.clone()),
            request_id: match &result {
                Ok(answer) => answer.request_id().map(str::to_owned),
                Err(error) => error.request_id.clone(),
            },
        });
        result
    }

    /// Credentials that were there a moment ago and cannot be renewed have expired: a session of single sign-on ends so.
    fn in_time(&self, error: CallError) -> CallError {
        if error.class == Class::NoCredentials && self.has_been_answered() {
            CallError {
                class: Class::Expired,
                ..error
            }
        } else {
            error
        }
    }

    /// Reads a list to its last page: `page` asks for the page of a token, `split` tells its items and the next token.
    ///
    /// # Errors
    /// What came instead of any one page: a list is never half.
    async fn pages<T, O, E, F>(
        &self,
        service: Service,
        operation: &'static str,
        mut page: impl FnMut(Option<String>) -> F,
        mut split: impl FnMut(O) -> (Vec<T>, Option<String>),
    ) -> Result<Vec<T>, CallError>
    where
        O: RequestId,
        E: ProvideErrorMetadata + std::error::Error + 'static,
        F: Future<Output = Result<O, SdkError<E, Response>>>,
    {
        let mut all = Vec::new();
        let mut token = None;
        loop {
            let (items, next) = split(self.call(service, operation, page(token)).await?);
            all.extend(items);
            token = next.filter(|token| !token.is_empty());
            if token.is_none() {
                all.shrink_to_fit();
                return Ok(all);
            }
        }
    }
}
