//! What is proved to be gone, by its type and physical id as CloudFormation names them. What cannot be read proves nothing,
//! and neither does a list that would not show the thing.

use environment::Facts;
use environment::facts::PartKind;
use environment::reading::Reading;

use super::teardown::Teardown;

impl Teardown<'_> {
    /// Whether a member of a stack is gone. The lists show what is in our VPCs; a member may be in another one, so that EC2
    /// is asked for it by its id.
    pub(super) async fn is_gone(&self, kind: &str, id: &str) -> bool {
        let aws = self.inventory.aws();
        let exists = match kind {
            "AWS::EC2::SecurityGroup" => aws.has_security_group(id).await,
            "AWS::EC2::NetworkInterface" => aws.has_network_interface(id).await,
            _ => match part(kind) {
                Some(part) => aws.has_network_part(part, id).await,
                None => return is_off_the_lists(&self.inventory.facts(), kind, id),
            },
        };
        exists.is_ok_and(|exists| !exists)
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
    let (domain, name) = id.split_once('|').unwrap_or((id, ""));
    let no_domain = lacks(&facts.domains, |found| found.id == domain);
    match kind {
        "AWS::SageMaker::Domain" => no_domain,
        "AWS::SageMaker::UserProfile" => {
            no_domain
                || lacks(&facts.user_profiles, |found| {
                    found.domain == domain && found.name == name
                })
        }
        "AWS::SageMaker::Space" => {
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
        assert!(!gone(&facts, "AWS::SageMaker::Domain", "d-1"));
        facts.domains = Reading::Known(vec![Domain {
            id: "d-1".to_owned(),
            ..Domain::default()
        }]);
        assert!(!gone(&facts, "AWS::SageMaker::Domain", "d-1"));
        assert!(gone(&facts, "AWS::SageMaker::UserProfile", "d-2|ann"));
        assert!(!gone(&facts, "AWS::SageMaker::UserProfile", "d-1|ann"));
        assert!(!gone(&facts, "AWS::Lambda::Function", "f"));
    }
}
