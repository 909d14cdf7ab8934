//! What the account's quotas refuse (sections 2.1 and 8).

use crate::error::ServiceError;

/// Refuses one more of what there may be so many of.
///
/// # Errors
/// The code, with AWS's text.
pub(crate) fn check(
    present: usize,
    most: usize,
    code: &str,
    what: &str,
) -> Result<(), ServiceError> {
    if present < most {
        return Ok(());
    }
    let text = format!("The maximum number of {what} has been reached.");
    Err(ServiceError::new(code, text))
}
