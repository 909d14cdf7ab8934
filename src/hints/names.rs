//! The real names that a hint's commands are filled in with: from the run, and from what the service said.

/// What is known. What is not is written in capitals, as in a manual.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    pub environment: Option<String>,
    pub region: Option<String>,
    pub account: Option<String>,
    /// The service's own words.
    pub message: String,
}

impl Names {
    /// A line with its `{…}` replaced.
    pub(super) fn filled(&self, line: &str) -> String {
        let mut filled = String::new();
        let mut rest = line;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((name, tail)) = after.split_once('}') else {
                break;
            };
            filled.push_str(before);
            match self.of(name) {
                Some(value) => filled.push_str(&value),
                None => filled.push_str(&name.to_uppercase()),
            }
            rest = tail;
        }
        filled + rest
    }

    fn of(&self, name: &str) -> Option<String> {
        let text = self.message.as_str();
        match name {
            "environment" => self.environment.clone(),
            "region" => self.region.clone(),
            "account" => self.account.clone(),
            "action" => after(text, "is not authorized to perform: "),
            "principal" => after(text, "User: "),
            "encoded" => after(text, "Encoded authorization failure message: "),
            "stack" => stack(text),
            "export" => between(text, "Export ", " cannot be")
                .or_else(|| between(text, "cannot delete export ", " as")),
            "importer" => after(text, "in use by "),
            "quota" => between(text, "account-level service limit '", "'"),
            "domain" => starting(text, "d-"),
            "group" => starting(text, "sg-"),
            "subnet" => starting(text, "subnet-"),
            "volume" => starting(text, "fs-"),
            "interface" => starting(text, "eni-"),
            _ => None,
        }
    }
}

/// The word after a text.
fn after(text: &str, before: &str) -> Option<String> {
    let (_, rest) = text.split_once(before)?;
    let word = rest.split_whitespace().next()?;
    Some(word.trim_end_matches(['.', ',', ';']).to_owned())
}

fn between(text: &str, before: &str, behind: &str) -> Option<String> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(behind).map(|(found, _)| found.to_owned())
}

/// The first word that begins like an id: `sg-0123`.
fn starting(text: &str, prefix: &str) -> Option<String> {
    let mut words = text.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '-'));
    words
        .find(|word| word.starts_with(prefix) && word.len() > prefix.len())
        .map(str::to_owned)
}

/// `Stack [X] …`, `Stack:arn:…/X/… is in …`, or the name in a list of protected ones.
fn stack(text: &str) -> Option<String> {
    let of_arn = || {
        let arn = after(text, "Stack:")?;
        arn.split('/').nth(1).map(str::to_owned)
    };
    between(text, "Stack [", "]")
        .or_else(of_arn)
        .or_else(|| after(text, "termination protection is on for "))
        .or_else(|| between(text, "stack ", " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_from_what_was_said() {
        let names = Names {
            environment: Some("demo".into()),
            message: "User: arn:aws:iam::1:user/ann is not authorized to perform: sagemaker:DeleteApp on resource: x".into(),
            ..Names::default()
        };
        assert_eq!(
            names.filled("{action} for {principal} of {environment} in {region}"),
            "sagemaker:DeleteApp for arn:aws:iam::1:user/ann of demo in REGION"
        );
    }
}
