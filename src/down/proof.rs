//! What the lists prove to be gone, by its type and physical id as CloudFormation names them. A list that is not known
//! proves nothing, and neither does one that does not show things of this type.

use environment::Facts;
use environment::reading::Reading;

/// Whether a member of a stack is gone.
pub(super) fn is_gone(facts: &Facts, kind: &str, id: &str) -> bool {
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
        "AWS::EC2::SecurityGroup" => lacks(&facts.security_groups, |found| found.id == id),
        "AWS::EC2::NetworkInterface" => lacks(&facts.network_interfaces, |found| found.id == id),
        "AWS::EC2::Subnet"
        | "AWS::EC2::RouteTable"
        | "AWS::EC2::NetworkAcl"
        | "AWS::EC2::InternetGateway"
        | "AWS::EC2::NatGateway"
        | "AWS::EC2::VPCEndpoint"
        | "AWS::EC2::Instance" => lacks(&facts.network_parts, |found| found.id == id),
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
        assert!(!is_gone(&facts, "AWS::SageMaker::Domain", "d-1"));
        facts.domains = Reading::Known(vec![Domain {
            id: "d-1".to_owned(),
            ..Domain::default()
        }]);
        assert!(!is_gone(&facts, "AWS::SageMaker::Domain", "d-1"));
        assert!(is_gone(&facts, "AWS::SageMaker::UserProfile", "d-2|ann"));
        assert!(!is_gone(&facts, "AWS::SageMaker::UserProfile", "d-1|ann"));
        assert!(!is_gone(&facts, "AWS::Lambda::Function", "f"));
    }
}
