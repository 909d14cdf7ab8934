//! CloudFormation's limits on templates (section 3.6).

use template::Node;

use super::super::request::Request;
use super::{Finding, Findings};
use crate::stacks::Entry;

const BYTES: usize = 51_200;
const LIMITS: [(&str, usize); 3] = [("Resources", 500), ("Parameters", 200), ("Outputs", 200)];

pub(super) fn check(request: &Request) -> Findings {
    request.manifest.stacks.iter().flat_map(of_entry).collect()
}

fn of_entry(entry: &Entry) -> Findings {
    let mut findings = Vec::new();
    let name = &entry.template_name;
    let mut over = |what: String| {
        let cure = "divide the stack into two in the manifest";
        findings.push(Finding::stop("template-too-large", what, &[cure]));
    };
    let size = entry.template.len();
    if size > BYTES {
        over(format!(
            "{name} has {size} bytes, and CloudFormation takes {BYTES} in a request"
        ));
    }
    for (section, most) in LIMITS {
        let found = entry.tree.get(section).and_then(Node::as_map);
        let count = found.map_or(0, <[_]>::len);
        if count > most {
            over(format!(
                "{name} has {count} {section}, and {most} are allowed"
            ));
        }
    }
    findings
}
