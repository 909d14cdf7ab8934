//! Service Quotas: what the account may have.

use std::collections::BTreeMap;

use aws_sdk_servicequotas::types::ServiceQuota;

use super::{Aws, CallError, Service};

const SERVICE: Service = Service::ServiceQuotas;
/// Items a page: the most that Service Quotas gives.
const PAGE: i32 = 100;

/// What the account may have of something.
pub struct Quota {
    /// What a request to raise it names.
    pub code: String,
    pub value: f64,
}

fn named(quotas: Vec<ServiceQuota>) -> impl Iterator<Item = (String, Quota)> {
    quotas.into_iter().filter_map(|quota| {
        let (code, value) = (quota.quota_code?, quota.value?);
        Some((quota.quota_name?, Quota { code, value }))
    })
}

impl Aws {
    /// The value of a quota: the account's own, or the default where none was ever applied (section 8); nothing where
    /// there is no such quota in this region.
    ///
    /// # Errors
    /// As any call.
    pub async fn quota(&self, service: &str, code: &str) -> Result<Option<f64>, CallError> {
        let request = self
            .service_quotas()
            .get_service_quota()
            .service_code(service)
            .quota_code(code)
            .send();
        match self.call(SERVICE, "GetServiceQuota", request).await {
            Ok(answer) => return Ok(answer.quota.and_then(|quota| quota.value)),
            Err(error) if error.code == "NoSuchResourceException" => {}
            Err(error) => return Err(error),
        }
        let request = self
            .service_quotas()
            .get_aws_default_service_quota()
            .service_code(service)
            .quota_code(code)
            .send();
        match self
            .call(SERVICE, "GetAWSDefaultServiceQuota", request)
            .await
        {
            Ok(answer) => Ok(answer.quota.and_then(|quota| quota.value)),
            Err(error) if error.code == "NoSuchResourceException" => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// All quotas of a service by their names, for those whose code is not the same everywhere: the account's own over
    /// the defaults.
    ///
    /// # Errors
    /// As any call.
    pub async fn quotas_by_name(
        &self,
        service: &str,
    ) -> Result<BTreeMap<String, Quota>, CallError> {
        let defaults = self.pages(
            SERVICE,
            "ListAWSDefaultServiceQuotas",
            |token| {
                self.service_quotas()
                    .list_aws_default_service_quotas()
                    .service_code(service)
                    .max_results(PAGE)
                    .set_next_token(token)
                    .send()
            },
            |page| (page.quotas.unwrap_or_default(), page.next_token),
        );
        let applied = self.pages(
            SERVICE,
            "ListServiceQuotas",
            |token| {
                self.service_quotas()
                    .list_service_quotas()
                    .service_code(service)
                    .max_results(PAGE)
                    .set_next_token(token)
                    .send()
            },
            |page| (page.quotas.unwrap_or_default(), page.next_token),
        );
        let (defaults, applied) = futures_util::future::try_join(defaults, applied).await?;
        Ok(named(defaults).chain(named(applied)).collect())
    }
}
