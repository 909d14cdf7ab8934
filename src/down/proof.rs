//! What is proved to be gone, by its type and physical id as CloudFormation names them. What cannot be read proves nothing,
//! and neither does a list that would not show the thing.

use environment::Facts;
use environment::facts::PartKind;
use environment::reading::Reading;

use super::teardown::Teardown;
use crate::aws::cloudformation::{self, DELETED};
use crate::aws::{CallError, Class};

const DOMAIN: &str = "AWS::SageMaker::Domain";
const USER_PROFILE: &str = "AWS::SageMaker::UserProfile";
const SPACE: &str = "AWS::SageMaker::Space";

impl Teardown<'_> {
    /// Whether a member of a stack is gone. The lists show what is in our VPCs and our domains; a member may be in another
    /// one, so that its service is asked for it by its id.
    pub(super) async fn is_gone(&self, kind: &str, id: &str) -> bool {
        let aws = self.inventory.aws();
        let (domain, name) = in_domain(id);
        let is_elsewhere = !self.inventory.facts().domain_ids().contains(domain);
        let exists = match kind {
            "AWS::EC2::SecurityGroup" => aws.has_security_group(id).await,
            "AWS::EC2::NetworkInterface" => aws.has_network_interface(id).await,
            cloudformation::STACK => aws
                .stack(id)
                .await
                .map(|stack| stack.is_some_and(|stack| stack.status != DELETED)),
            USER_PROFILE if is_elsewhere => describes(aws.profile_failure(domain, name).await),
            SPACE if is_elsewhere => describes(aws.space_failure(domain, name).await),
            _ => match part(kind) {
                Some(part) => aws.has_network_part(part, id).await,
                None => return is_off_the_lists(&self.inventory.facts(), kind, id),
            },
        };
        exists.is_ok_and(|exists| !exists)
    }
}

/// Domain and name of what CloudFormation knows as `DOMAIN|NAME` (section 3.8).
fn in_domain(id: &str) -> (&str, &str) {
    id.split_once('|').unwrap_or((id, ""))
}

/// Whether something exists, by what it tells of itself.
fn describes<T>(told: Result<T, CallError>) -> Result<bool, CallError> {
    match told {
        Ok(_) => Ok(true),
        Err(error) if error.class == Class::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn part(kind: &str) -> Option<PartKind> {
    let part = match kind {
        "AWS::EC2::Subnet" => PartKind::Subnet,
        "AWS::EC2::RouteTable" => PartKind::RouteTable,
        "AWS::EC2::NetworkAcl" => PartKind::NetworkAcl,
        "AWS::EC2::InternetGateway" => PartKind::InternetGateway,
        "AWS::EC2::NatGateway" => PartKind::NatGateway,
        "AWS::EC2::VPNGateway" => PartKind::VpnGateway,
        "AWS::EC2::EgressOnlyInternetGateway" => PartKind::EgressOnlyGateway,
        "AWS::EC2::CarrierGateway" => PartKind::CarrierGateway,
        "AWS::EC2::VPCEndpoint" => PartKind::VpcEndpoint,
        "AWS::EC2::Instance" => PartKind::Instance,
        _ => return None,
    };
    Some(part)
}

/// Whether a list of everything of its kind is known and does not show it.
fn is_off_the_lists(facts: &Facts, kind: &str, id: &str) -> bool {
    let (domain, name) = in_domain(id);
    // Somebody else's domain, and what is in it, no list shows.
    if [DOMAIN, USER_PROFILE, SPACE].contains(&kind) && !facts.domain_ids().contains(domain) {
        return false;
    }
    let no_domain = lacks(&facts.domains, |found| found.id == domain);
    match kind {
        DOMAIN => no_domain,
        USER_PROFILE => {
            no_domain
                || lacks(&facts.user_profiles, |found| {
                    found.domain == domain && found.name == name
                })
        }
        SPACE => {
            no_domain
                || lacks(&facts.spaces, |found| {
                    found.domain == domain && found.name == name
                })
        }
        "AWS::SageMaker::Endpoint" => lacks(&facts.endpoints, |found| {
            found.name == id || found.arn == id
        }),
        "AWS::SageMaker::Model" => {
            lacks(&facts.models, |found| found.name == id || found.arn == id)
        }
        "AWS::EFS::FileSystem" => lacks(&facts.file_systems, |found| found.id == id),
        _ => false,
    }
}

/// Whether a list is known and shows no such thing.
fn lacks<T>(list: &Reading<Vec<T>>, is_it: impl Fn(&T) -> bool) -> bool {
    list.known().is_some_and(|list| !list.iter().any(is_it))
}

#[cfg(test)]
mod tests {
    use environment::facts::Domain;

    use super::*;

    #[test]
    fn only_a_known_list_proves_something_gone() {
        let mut facts = Facts::default();
        let gone = is_off_the_lists;
        facts.named_domains = ["d-1", "d-2"].map(str::to_owned).into();
        assert!(!gone(&facts, DOMAIN, "d-1"));
        facts.domains = Reading::Known(vec![Domain {
            id: "d-1".to_owned(),
            ..Domain::default()
        }]);
        assert!(!gone(&facts, DOMAIN, "d-1"));
        assert!(!gone(&facts, USER_PROFILE, "d-1|ann"));
        assert!(gone(&facts, DOMAIN, "d-2"));
        assert!(gone(&facts, USER_PROFILE, "d-2|ann"));
        assert!(!gone(&facts, "AWS::Lambda::Function", "f"));
    }

    #[test]
    fn no_list_proves_something_gone_in_a_domain_that_is_not_ours() {
        let facts = Facts {
            domains: Reading::Known(Vec::new()),
            user_profiles: Reading::Known(Vec::new()),
            spaces: Reading::Known(Vec::new()),
            ..Facts::default()
        };
        for kind in [DOMAIN, USER_PROFILE, SPACE] {
            assert!(!is_off_the_lists(&facts, kind, "d-theirs|ann"), "{kind}");
        }
    }
}
