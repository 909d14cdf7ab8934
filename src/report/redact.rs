//! Secrets that texts of services, URLs and the SDK's log may contain are never printed.

/// What a secret follows; it ends where such a value cannot go on.
const BEFORE: [&str; 9] = [
    "X-Amz-Signature=",
    "X-Amz-Security-Token=",
    "X-Amz-Credential=",
    "Signature=",
    "?token=",
    "&token=",
    "x-amz-security-token: ",
    "\"SecretAccessKey\":\"",
    "\"SessionToken\":\"",
];

/// The text with secrets replaced by `***`.
pub(super) fn redacted(text: &str) -> String {
    let mut text = text.to_owned();
    for before in BEFORE {
        let mut from = 0;
        while let Some(at) = text.get(from..).and_then(|rest| rest.find(before)) {
            let begin = from + at + before.len();
            let end = text
                .get(begin..)
                .and_then(|rest| rest.find(|letter: char| !is_of_secret(letter)))
                .map_or(text.len(), |length| begin + length);
            text.replace_range(begin..end, "***");
            from = begin;
        }
    }
    text
}

fn is_of_secret(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "+/=%-._~*".contains(letter)
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
        assert_eq!(redacted("nothing here"), "nothing here");
    }
}
