//! Words that several screens share.

use std::time::Duration;

use environment::Verb;

/// `4m 05s`, `1h 02m`, `12s`.
pub fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m {:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h {:02}m", seconds / 3600, seconds % 3600 / 60),
    }
}

/// What a step does, as a person would say it.
pub fn verb(verb: Verb) -> &'static str {
    match verb {
        Verb::CreateStack => "create stack",
        Verb::UpdateStack => "update stack",
        Verb::DeleteStack => "delete stack",
        Verb::Create => "create",
        Verb::Delete => "delete",
        Verb::Detach => "detach",
        Verb::Revoke => "empty",
        Verb::Tag => "mark",
        Verb::Wait => "wait for",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_short() {
        let told: Vec<String> = [5, 65, 3_725]
            .into_iter()
            .map(|seconds| duration(Duration::from_secs(seconds)))
            .collect();
        assert_eq!(told, ["5s", "1m 05s", "1h 02m"]);
    }
}
