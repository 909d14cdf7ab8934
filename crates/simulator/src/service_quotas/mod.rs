//! Service Quotas: the quotas that the simulator enforces.

use crate::service::Operation;

/// What Service Quotas can be asked.
pub(crate) const OPERATIONS: &[Operation] = &[];
