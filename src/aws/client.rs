//! The clients of all services, with time, retries and limits that are ours.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use aws_config::profile::{ProfileFileCredentialsProvider, ProfileSet};
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_smithy_async::rt::sleep::SharedAsyncSleep;
use aws_smithy_async::time::SharedTimeSource;
use aws_smithy_runtime::client::retries::{RetryPartition, TokenBucket};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::os_shim_internal::{Env, Fs};
use jiff::Timestamp;

use super::budget::{Budget, Budgets};
use super::service_time::ServiceTime;
use super::{Called, Service};
use crate::clock::Clock;

/// Real time: to reach the service, for one attempt, for a call with its few attempts.
const CONNECT: Duration = Duration::from_secs(5);
const ATTEMPT: Duration = Duration::from_secs(30);
const OPERATION: Duration = Duration::from_secs(75);
/// Attempts of one call; what outlasts them is a matter of the loop, not of the call.
const ATTEMPTS: u32 = 3;

/// Everything that calls need. Clones share it.
#[derive(Clone, Debug)]
pub struct Aws {
    shared: Rc<Shared>,
}

#[derive(Debug)]
struct Shared {
    clock: Clock,
    region: String,
    /// As the caller's ARN names it, once that is known.
    partition: OnceCell<String>,
    credentials: Option<SharedCredentialsProvider>,
    auto_scaling: aws_sdk_applicationautoscaling::Client,
    cloudformation: aws_sdk_cloudformation::Client,
    ec2: aws_sdk_ec2::Client,
    efs: aws_sdk_efs::Client,
    iam: aws_sdk_iam::Client,
    logs: aws_sdk_cloudwatchlogs::Client,
    sagemaker: aws_sdk_sagemaker::Client,
    service_quotas: aws_sdk_servicequotas::Client,
    sts: aws_sdk_sts::Client,
    tagging: aws_sdk_resourcegroupstagging::Client,
    budgets: Budgets,
    service_time: ServiceTime,
    observer: Observer,
    /// Whether a service has answered.
    answered: Cell<bool>,
    /// What decoded messages said about actions that were denied; empty where they could not be decoded.
    explanations: RefCell<BTreeMap<String, String>>,
}

/// Somebody who sees calls.
type Watcher = Box<dyn Fn(&Called)>;

/// Who sees every call; nobody unless somebody asked.
#[derive(Default)]
struct Observer(RefCell<Option<Watcher>>);

impl std::fmt::Debug for Observer {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Observer({})", self.0.borrow().is_some())
    }
}

/// How to reach AWS.
#[derive(Clone, Debug)]
pub struct Access {
    pub profile: Option<String>,
    /// The profile was typed: its credentials are the ones that are meant, whatever keys the environment holds.
    pub only_profile: bool,
    pub region: Option<String>,
    pub http: SharedHttpClient,
    /// Replaces what environment and profile say; for an embedded simulator and for tests.
    pub fixed: Option<Fixed>,
}

/// Endpoint and credentials that are given, not found.
#[derive(Clone, Debug)]
pub struct Fixed {
    pub endpoint: String,
    pub region: String,
    pub access_key: String,
}

/// Why there are no clients.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    #[error("no region is set: use --region, AWS_REGION or a profile with a region")]
    NoRegion,
    #[error("--profile {0}: there is no such profile in the AWS configuration")]
    NoProfile(String),
    #[error("the endpoint URL `{0}` of the profile cannot be parsed")]
    BadEndpoint(String),
}

impl Aws {
    /// Loads the configuration as the AWS CLI would and makes the clients.
    ///
    /// # Errors
    /// Where the configuration cannot be used; no call was made.
    pub async fn connect(access: Access, clock: &Clock) -> Result<Self, AccessError> {
        if let Some(profile) = access.profile.as_deref().filter(|_| access.only_profile) {
            let known = profiles(Some(profile)).await;
            if known.is_some_and(|known| known.get_profile(profile).is_none()) {
                return Err(AccessError::NoProfile(profile.to_owned()));
            }
        }
        let config = load(access, clock).await;
        let region = config
            .region()
            .map(ToString::to_string)
            .ok_or(AccessError::NoRegion)?;
        if let Some(url) = config.endpoint_url().filter(|url| !is_url(url)) {
            return Err(AccessError::BadEndpoint(url.to_owned()));
        }
        Ok(Self::of_config(&config, clock, region))
    }

    fn of_config(config: &SdkConfig, clock: &Clock, region: String) -> Self {
        // Each environment has retry quotas of its own: a storm of throttles in one life changes nothing in the next.
        let partition = |service: Service| {
            RetryPartition::custom(format!("{}/{region}", service.prefix()))
                .token_bucket(TokenBucket::default())
                .build()
        };
        let service_time = ServiceTime::default();
        macro_rules! client {
            ($sdk:ident, $service:expr) => {
                $sdk::Client::from_conf(
                    $sdk::config::Builder::from(config)
                        .retry_partition(partition($service))
                        .interceptor(service_time.clone())
                        .build(),
                )
            };
        }
        let shared = Shared {
            clock: clock.clone(),
            credentials: config.credentials_provider(),
            auto_scaling: client!(aws_sdk_applicationautoscaling, Service::AutoScaling),
            cloudformation: client!(aws_sdk_cloudformation, Service::CloudFormation),
            ec2: client!(aws_sdk_ec2, Service::Ec2),
            efs: client!(aws_sdk_efs, Service::Efs),
            iam: client!(aws_sdk_iam, Service::Iam),
            logs: client!(aws_sdk_cloudwatchlogs, Service::Logs),
            sagemaker: client!(aws_sdk_sagemaker, Service::SageMaker),
            service_quotas: client!(aws_sdk_servicequotas, Service::ServiceQuotas),
            sts: client!(aws_sdk_sts, Service::Sts),
            tagging: client!(aws_sdk_resourcegroupstagging, Service::Tagging),
            budgets: Budgets::default(),
            region,
            partition: OnceCell::new(),
            service_time,
            observer: Observer::default(),
            answered: Cell::default(),
            explanations: RefCell::default(),
        };
        Self {
            shared: Rc::new(shared),
        }
    }

    /// Shows every call that ends from now on.
    pub fn observe(&self, observer: impl Fn(&Called) + 'static) {
        *self.shared.observer.0.borrow_mut() = Some(Box::new(observer));
    }

    /// Notes that a service has answered: these credentials were good for something.
    pub(super) fn note_answer(&self) {
        self.shared.answered.set(true);
    }

    /// Whether a service has answered with these credentials.
    pub(super) fn has_been_answered(&self) -> bool {
        self.shared.answered.get()
    }

    pub(super) fn tell(&self, call: impl FnOnce() -> Called) {
        if let Some(observer) = &*self.shared.observer.0.borrow() {
            observer(&call());
        }
    }

    /// What is known of why an action was denied; nothing where nobody has asked yet.
    pub(super) fn explained(&self, action: &str) -> Option<String> {
        self.shared.explanations.borrow().get(action).cloned()
    }

    pub(super) fn explain(&self, action: &str, explanation: String) {
        let mut explanations = self.shared.explanations.borrow_mut();
        explanations.insert(action.to_owned(), explanation);
    }

    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// The time of day as the services told it last; this machine's as long as none has answered.
    pub fn service_time(&self) -> Timestamp {
        let told = self.shared.service_time.newest();
        told.unwrap_or_else(|| self.shared.clock.time())
    }

    pub fn region(&self) -> &str {
        &self.shared.region
    }

    /// How long the credentials last; nothing where they do not end, or the next call will say what is wrong with them.
    pub async fn credentials_last(&self) -> Option<Duration> {
        let provider = self.shared.credentials.as_ref()?;
        let credentials = provider.provide_credentials().await.ok()?;
        let now = aws_smithy_async::time::TimeSource::now(&self.shared.clock);
        let end = credentials.expiry()?;
        Some(end.duration_since(now).unwrap_or_default())
    }

    /// The partition as ARNs name it: the caller's, or what the region tells as long as nobody has asked who calls.
    pub fn partition(&self) -> &str {
        if let Some(known) = self.shared.partition.get() {
            return known;
        }
        match self.shared.region.split('-').next() {
            Some("cn") => "aws-cn",
            Some("us") if self.shared.region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        }
    }

    /// Takes the partition from an ARN of the caller's.
    pub(super) fn learn_partition(&self, arn: &str) {
        if let Some(partition) = arn.split(':').nth(1).filter(|it| !it.is_empty()) {
            self.shared.partition.get_or_init(|| partition.to_owned());
        }
    }

    /// The ARN of a domain of an account in this region.
    pub fn domain_arn(&self, account: &str, id: &str) -> String {
        let (partition, region) = (self.partition(), self.region());
        format!("arn:{partition}:sagemaker:{region}:{account}:domain/{id}")
    }

    pub(super) fn budget(&self, service: Service, operation: &'static str) -> Rc<Budget> {
        self.shared.budgets.of(service, operation)
    }

    pub(super) fn auto_scaling(&self) -> &aws_sdk_applicationautoscaling::Client {
        &self.shared.auto_scaling
    }

    pub(super) fn cloudformation(&self) -> &aws_sdk_cloudformation::Client {
        &self.shared.cloudformation
    }

    pub(super) fn ec2(&self) -> &aws_sdk_ec2::Client {
        &self.shared.ec2
    }

    pub(super) fn efs(&self) -> &aws_sdk_efs::Client {
        &self.shared.efs
    }

    pub(super) fn iam(&self) -> &aws_sdk_iam::Client {
        &self.shared.iam
    }

    pub(super) fn logs(&self) -> &aws_sdk_cloudwatchlogs::Client {
        &self.shared.logs
    }

    pub(super) fn sagemaker(&self) -> &aws_sdk_sagemaker::Client {
        &self.shared.sagemaker
    }

    pub(super) fn service_quotas(&self) -> &aws_sdk_servicequotas::Client {
        &self.shared.service_quotas
    }

    pub(super) fn sts(&self) -> &aws_sdk_sts::Client {
        &self.shared.sts
    }

    pub(super) fn tagging(&self) -> &aws_sdk_resourcegroupstagging::Client {
        &self.shared.tagging
    }
}

fn timeouts(clock: &Clock) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(clock.real(CONNECT))
        .operation_attempt_timeout(clock.real(ATTEMPT))
        .operation_timeout(clock.real(OPERATION))
        .build()
}

/// A configuration out of what is given alone: no environment, no files.
fn fixed(fixed: Fixed, http: SharedHttpClient, clock: &Clock) -> SdkConfig {
    let credentials =
        aws_credential_types::Credentials::new(fixed.access_key, "simulated", None, None, "fixed");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .http_client(http)
        .sleep_impl(SharedAsyncSleep::new(clock.clone()))
        .time_source(SharedTimeSource::new(clock.clone()))
        .timeout_config(timeouts(clock))
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .endpoint_url(fixed.endpoint)
        .region(Region::new(fixed.region))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build()
}

async fn load(access: Access, clock: &Clock) -> SdkConfig {
    if let Some(given) = access.fixed {
        return fixed(given, access.http, clock);
    }
    let loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(access.http)
        .sleep_impl(clock.clone())
        .time_source(clock.clone())
        .timeout_config(timeouts(clock))
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    let loader = match &access.profile {
        Some(profile) => loader.profile_name(profile),
        None => loader,
    };
    let loader = match access.region {
        Some(region) => loader.region(Region::new(region)),
        None => loader,
    };
    let config = loader.load().await;
    match access.profile.filter(|_| access.only_profile) {
        Some(profile) => of_profile(&profile, config, clock),
        None => config,
    }
}

/// The same configuration with the credentials of a profile alone: the SDK's chain would ask the environment first, which
/// the AWS CLI does not where a profile is typed.
fn of_profile(profile: &str, config: SdkConfig, clock: &Clock) -> SdkConfig {
    let mut found = ProviderConfig::without_region()
        .with_region(config.region().cloned())
        .with_time_source(clock.clone())
        .with_sleep_impl(clock.clone());
    if let Some(http) = config.http_client() {
        found = found.with_http_client(http);
    }
    let credentials = ProfileFileCredentialsProvider::builder()
        .configure(&found)
        .profile_name(profile)
        .build();
    config
        .into_builder()
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build()
}

/// The profiles of the AWS configuration, one of them chosen; nothing where they cannot be read: the SDK says why.
async fn profiles(chosen: Option<&str>) -> Option<ProfileSet> {
    let chosen = chosen.map(|profile| profile.to_owned().into());
    let files = EnvConfigFiles::default();
    let profiles = aws_config::profile::load(&Fs::real(), &Env::real(), &files, chosen).await;
    profiles.ok()
}

/// The certificates to trust, as a profile names them.
pub async fn ca_bundle(profile: Option<&str>) -> Option<PathBuf> {
    let profiles = profiles(profile).await?;
    let path = profiles.get("ca_bundle").map(PathBuf::from);
    path.filter(|path| !path.as_os_str().is_empty())
}

/// Whether a text is a URL of http or https with a host.
pub fn is_url(text: &str) -> bool {
    let rest = text
        .strip_prefix("http://")
        .or_else(|| text.strip_prefix("https://"));
    let Some(rest) = rest else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !host.ends_with(']') || !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let valid_host = !host.is_empty()
        && !host.contains([' ', '@', '%', '"', '<', '>', '{', '}', '|', '\\', '^', '`']);
    valid_host && port.is_none_or(|port| port.parse::<u16>().is_ok())
}

/// Whether a URL points at this machine.
pub fn is_loopback(url: &str) -> bool {
    let rest = url
        .strip_prefix("http://")
        .or_else(|| url.strip_prefix("https://"))
        .unwrap_or(url);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = if authority.starts_with('[') {
        authority
            .split(']')
            .next()
            .unwrap_or_default()
            .trim_start_matches('[')
    } else {
        authority.split(':').next().unwrap_or_default()
    };
    host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_told_from_mistakes() {
        for good in [
            "http://127.0.0.1:4566",
            "https://vpce-1.example.com/path",
            "http://[::1]:80",
        ] {
            assert!(is_url(good), "{good}");
        }
        for bad in [
            "",
            "127.0.0.1:4566",
            "http://",
            "http://:80",
            "http://a b",
            "http://a:port",
            "ftp://a",
        ] {
            assert!(!is_url(bad), "{bad}");
        }
    }

    #[test]
    fn loopback_is_recognised() {
        assert!(
            is_loopback("http://127.0.0.1:1")
                && is_loopback("http://localhost")
                && is_loopback("http://[::1]:1")
        );
        assert!(
            !is_loopback("http://127.0.0.1.example.com")
                && !is_loopback("https://sts.amazonaws.com")
        );
    }
}
