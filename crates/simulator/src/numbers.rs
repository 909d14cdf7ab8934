//! Numbers that people give, held within what can be reckoned with.

use std::time::Duration;

/// The most seconds that anything may take: some thirty years.
const MOST: f64 = 1e9;

/// Checks a number of seconds.
///
/// # Errors
/// A sentence that names the field.
pub(crate) fn check_seconds(field: &str, seconds: f64) -> Result<(), String> {
    if (0.0..=MOST).contains(&seconds) {
        Ok(())
    } else {
        Err(format!(
            "{field} must be a number of seconds from 0 to {MOST}, not {seconds}"
        ))
    }
}

/// Checks a number that must lie within bounds.
///
/// # Errors
/// A sentence that names the field.
pub(crate) fn check_within(field: &str, least: f64, number: f64, most: f64) -> Result<(), String> {
    if (least..=most).contains(&number) {
        Ok(())
    } else {
        Err(format!(
            "{field} must lie between {least} and {most}, not {number}"
        ))
    }
}

/// The duration of a number of seconds; what is no duration is the longest, or none at all.
pub(crate) fn duration(seconds: f64) -> Duration {
    let held = if seconds.is_nan() {
        0.0
    } else {
        seconds.clamp(0.0, MOST)
    };
    Duration::from_secs_f64(held)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_duration_is_refused_and_harms_nobody() {
        for bad in [-1.0, f64::NAN, f64::INFINITY, 1e300] {
            assert!(
                check_seconds("after", bad)
                    .unwrap_err()
                    .starts_with("after must"),
                "{bad}"
            );
            assert!(duration(bad) <= Duration::from_secs(1_000_000_000));
        }
        assert!(check_seconds("after", 0.0).is_ok());
        assert_eq!(duration(1.5), Duration::from_millis(1500));
    }
}
