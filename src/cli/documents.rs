//! `completions` and `man`.

use clap::CommandFactory;

use super::args::Arguments;
use super::environment::Code;
use super::settings;
use crate::report::Stream;

/// Prints completions for a shell.
pub(super) fn completions(shell: clap_complete::Shell) -> u8 {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "jumpstart-vpc", &mut text);
    settings::output().write(Stream::Out, &String::from_utf8_lossy(&text));
    0
}

/// Prints the manual page.
///
/// # Errors
/// Where it cannot be made.
pub(super) fn man() -> Code {
    let mut text = Vec::new();
    clap_mangen::Man::new(Arguments::command())
        .render(&mut text)
        .map_err(|problem| problem.to_string())?;
    settings::output().write(Stream::Out, &String::from_utf8_lossy(&text));
    Ok(0)
}
