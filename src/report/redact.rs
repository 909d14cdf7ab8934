//! Secrets that texts of services, URLs and the SDK's log may contain are never printed.

use serde_json::Value;

/// What names a secret, in small letters; `token` alone only in the query of a URL.
const NAMES: [&str; 10] = [
    "x-amz-signature",
    "x-amz-security-token",
    "x-amz-credential",
    "signature",
    "?token",
    "&token",
    "secretaccesskey",
    "secret_access_key",
    "sessiontoken",
    "session_token",
];
/// What may stand between a name and its secret, in JSON, XML, URLs, headers and settings, escaped or not.
const BETWEEN: [&str; 10] = ["&quot;", "\\\"", "\"", "'", " ", "\t", ":", "=", ">", "%3D"];
/// Without one of these it is a sentence about the name.
const ASSIGNS: [&str; 4] = [":", "=", ">", "%3D"];

/// The text with secrets replaced by `***`.
pub(super) fn redacted(text: &str) -> String {
    let small = text.to_ascii_lowercase();
    let mut secrets: Vec<(usize, usize)> = NAMES
        .iter()
        .flat_map(|name| small.match_indices(name))
        .filter_map(|(at, name)| secret(text, at + name.len()))
        .collect();
    secrets.sort_unstable();
    let mut told = String::with_capacity(text.len());
    let mut from = 0;
    for (begin, end) in secrets {
        if begin >= from {
            told.push_str(text.get(from..begin).unwrap_or_default());
            told.push_str("***");
            from = end;
        }
    }
    told + text.get(from..).unwrap_or_default()
}

/// Where the secret stands whose name ends here.
fn secret(text: &str, behind: usize) -> Option<(usize, usize)> {
    let mut begin = behind;
    let mut assigns = false;
    loop {
        let rest = text.get(begin..)?;
        let Some(sign) = BETWEEN.iter().find(|sign| rest.starts_with(**sign)) else {
            break;
        };
        assigns |= ASSIGNS.contains(sign);
        begin += sign.len();
    }
    let rest = text.get(begin..)?;
    let length = rest.find(|letter: char| !is_of_secret(letter));
    let end = begin + length.unwrap_or(rest.len());
    (assigns && end > begin).then_some((begin, end))
}

fn is_of_secret(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "+/=%-._~*".contains(letter)
}

/// A value with secrets replaced in all its texts.
pub(super) fn redacted_value(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(redacted(&text)),
        Value::Array(items) => items.into_iter().map(redacted_value).collect(),
        Value::Object(members) => members
            .into_iter()
            .map(|(key, value)| (key, redacted_value(value)))
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_signatures_lose_their_secrets_and_nothing_else() {
        assert_eq!(
            redacted(
                "open https://d-1.studio.us-east-1.sagemaker.aws/auth?token=eyJh.b_c-d&x=1 now"
            ),
            "open https://d-1.studio.us-east-1.sagemaker.aws/auth?token=***&x=1 now"
        );
        assert_eq!(
            redacted("Credential=A/b, Signature=00ff, X-Amz-Signature=1"),
            "Credential=A/b, Signature=***, X-Amz-Signature=***"
        );
        for harmless in [
            "nothing here",
            "Signature expired: 20260105T100000Z is now earlier",
            "a SessionToken is needed: ask",
        ] {
            assert_eq!(redacted(harmless), harmless);
        }
    }

    #[test]
    fn every_way_to_write_a_secret_is_known() {
        for text in [
            "\"SecretAccessKey\": \"hush\"",
            "\"SecretAccessKey\":\"hush\"",
            "{\\\"SessionToken\\\": \\\"hush\\\"}",
            "<SessionToken>hush</SessionToken>",
            "<SecretAccessKey>hush</SecretAccessKey>",
            "\"x-amz-security-token\": \"hush\"",
            "x-amz-security-token: hush",
            "X-Amz-Security-Token=hush",
            "aws_secret_access_key = hush",
            "AWS_SESSION_TOKEN=x&token=hush",
            "&quot;SessionToken&quot;: &quot;hush&quot;",
        ] {
            let told = redacted(text);
            assert!(!told.contains("hush") && told.contains("***"), "{told}");
        }
    }
}
