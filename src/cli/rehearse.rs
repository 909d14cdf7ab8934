//! TEMPORARY
use super::args::{Global, Rehearse};
use super::environment::Code;
pub async fn rehearse(_global: &Global, _args: &Rehearse) -> Code {
    Ok(0)
}
