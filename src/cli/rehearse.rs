//! TEMPORARY
use super::args::{Global, Rehearse};
use super::environment::Code;
pub(super) async fn rehearse(_global: &Global, _args: &Rehearse) -> Code {
    Ok(0)
}
