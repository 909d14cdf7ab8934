//! `completions` and `man`.

use clap::CommandFactory;

use super::args::{Arguments, Man};
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

/// Prints the manual page, or writes one for each command.
///
/// # Errors
/// Where it cannot be made.
pub(super) fn man(args: &Man) -> Code {
    if let Some(folder) = &args.folder {
        let written = std::fs::create_dir_all(folder)
            .and_then(|()| clap_mangen::generate_to(Arguments::command(), folder));
        return written
            .map(|()| 0)
            .map_err(|problem| format!("cannot write into {}: {problem}", folder.display()));
    }
    let mut text = Vec::new();
    clap_mangen::Man::new(Arguments::command())
        .render(&mut text)
        .map_err(|problem| problem.to_string())?;
    settings::output().write(Stream::Out, &String::from_utf8_lossy(&text));
    Ok(0)
}
