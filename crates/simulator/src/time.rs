//! Simulated time.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// An instant of the simulated world: milliseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SimTime(pub i64);

impl SimTime {
    /// Where every world begins unless its scenario says otherwise: 2026-01-05T09:00:00Z.
    pub const START: SimTime = SimTime(1_767_603_600_000);

    /// An instant that never comes.
    pub const NEVER: SimTime = SimTime(i64::MAX);

    /// The instant `duration` later, to the millisecond.
    #[must_use]
    pub fn plus(self, duration: Duration) -> SimTime {
        SimTime(
            self.0
                .saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)),
        )
    }

    /// The instant `duration` earlier, to the millisecond.
    #[must_use]
    pub fn minus(self, duration: Duration) -> SimTime {
        SimTime(
            self.0
                .saturating_sub(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)),
        )
    }

    /// Time passed since `earlier`; zero when `earlier` lies ahead.
    pub fn since(self, earlier: SimTime) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// `2026-01-05T09:00:00.000Z`, the form of CloudFormation's and EC2's XML.
    pub fn iso(self) -> String {
        Timestamp::from_millisecond(self.0).map_or_else(
            |_| String::new(),
            |instant| instant.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string(),
        )
    }

    /// Reads what [`SimTime::iso`] has written.
    ///
    /// # Errors
    /// A text that is no instant.
    pub fn read(text: &str) -> Result<SimTime, jiff::Error> {
        let instant: Timestamp = text.parse()?;
        Ok(SimTime(instant.as_millisecond()))
    }

    /// Seconds since the epoch with decimals, the form of SageMaker's and EFS's JSON.
    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds of any plausible year fit a double exactly"
    )]
    pub fn epoch_seconds(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    /// `Mon, 05 Jan 2026 09:00:00 GMT`, the form of HTTP's `Date` header.
    pub fn http_date(self) -> String {
        Timestamp::from_millisecond(self.0).map_or_else(
            |_| String::new(),
            |instant| instant.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_an_instant() {
        let instant = SimTime::START.plus(Duration::from_millis(1250));
        assert_eq!(instant.iso(), "2026-01-05T09:00:01.250Z");
        assert_eq!(SimTime::read(&instant.iso()).unwrap(), instant);
        assert_eq!(instant.minus(Duration::from_millis(1250)), SimTime::START);
        assert_eq!(instant.http_date(), "Mon, 05 Jan 2026 09:00:01 GMT");
        assert!((instant.epoch_seconds() - 1_767_603_601.25).abs() < 1e-6);
        assert_eq!(instant.since(SimTime::START), Duration::from_millis(1250));
        assert_eq!(SimTime::START.since(instant), Duration::ZERO);
    }
}
