//! `completions` and `man`.

use super::args::{self, Man};
use super::environment::Code;
use super::settings;
use crate::report::Stream;

/// Prints completions for a shell.
pub(super) fn completions(shell: clap_complete::Shell) -> u8 {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut args::command(), "jumpstart-vpc", &mut text);
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
            .and_then(|()| clap_mangen::generate_to(args::command(), folder));
        return written
            .map(|()| 0)
            .map_err(|problem| format!("cannot write into {}: {problem}", folder.display()));
    }
    let mut text = Vec::new();
    clap_mangen::Man::new(args::command())
        .render(&mut text)
        .map_err(|problem| problem.to_string())?;
    settings::output().write(Stream::Out, &String::from_utf8_lossy(&text));
    Ok(0)
}

/// The help of every command, for `docs/reference.md`.
pub fn reference() -> String {
    let mut command = args::command();
    command.build();
    let mut text = "# Reference\n\nEvery command with its flags, generated from the program. The flags of every command stand once, at the top.\n\
                    Exit codes, and what `--output json` gives, are in the README and in [events.schema.json](events.schema.json).\n"
        .to_owned();
    let global: Vec<String> = command
        .get_arguments()
        .filter(|argument| argument.is_global_set() && !argument.is_hide_set())
        .map(told)
        .collect();
    text.push_str(&format!("\n## Every command\n\n{}\n", global.join("\n")));
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        describe(&mut text, "jumpstart-vpc", sub);
    }
    text
}

fn describe(text: &mut String, above: &str, command: &clap::Command) {
    let name = format!("{above} {}", command.get_name());
    if command.get_name() == "help" {
        return;
    }
    let about = command.get_about().map(ToString::to_string);
    text.push_str(&format!("\n## {name}\n\n{}.\n", about.unwrap_or_default()));
    let own: Vec<String> = command
        .get_arguments()
        .filter(|argument| !argument.is_global_set() && !argument.is_hide_set())
        .filter(|argument| argument.get_id() != "help")
        .map(told)
        .collect();
    if !own.is_empty() {
        text.push_str(&format!("\n{}\n", own.join("\n")));
    }
    if let Some(examples) = command.get_after_help() {
        let examples = examples.to_string();
        let lines = examples.lines().skip(1).map(str::trim_start);
        let lines: Vec<&str> = lines.collect();
        text.push_str(&format!("\n```bash\n{}\n```\n", lines.join("\n")));
    }
    for sub in command.get_subcommands() {
        describe(text, &name, sub);
    }
}

fn told(argument: &clap::Arg) -> String {
    let help = argument.get_help().map(ToString::to_string);
    let mut facts = Vec::new();
    if argument.get_action().takes_values() {
        facts.extend(possible(argument).filter(|_| !argument.is_hide_possible_values_set()));
        facts.extend(default(argument).filter(|_| !argument.is_hide_default_value_set()));
    }
    let variable = argument.get_env().map(|name| name.to_string_lossy());
    facts.extend(variable.map(|name| format!("variable `{name}`")));
    let facts = if facts.is_empty() {
        String::new()
    } else {
        format!(" ({})", facts.join("; "))
    };
    let short = argument.get_short().map(|short| format!("-{short}, "));
    format!(
        "- `{}{argument}`: {}{facts}",
        short.unwrap_or_default(),
        help.unwrap_or_default()
    )
}

/// The values that it takes, where they are few.
fn possible(argument: &clap::Arg) -> Option<String> {
    let values = argument.get_possible_values();
    let shown = values.iter().filter(|value| !value.is_hide_set());
    let shown: Vec<String> = shown.map(|it| format!("`{}`", it.get_name())).collect();
    (!shown.is_empty()).then(|| format!("one of {}", shown.join(", ")))
}

fn default(argument: &clap::Arg) -> Option<String> {
    let values = argument.get_default_values().iter();
    let values: Vec<String> = values.map(|it| it.to_string_lossy().into_owned()).collect();
    (!values.is_empty()).then(|| format!("default `{}`", values.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_is_the_programs() {
        let path = "docs/reference.md";
        if std::env::vars().any(|(key, _)| key == "UPDATE_DOCUMENTS") {
            std::fs::write(path, reference()).unwrap();
        }
        assert_eq!(
            std::fs::read_to_string(path).unwrap_or_default(),
            reference(),
            "UPDATE_DOCUMENTS=1 cargo test --workspace --lib writes it anew"
        );
    }

    #[test]
    fn every_command_has_an_example() {
        fn lacking(command: &clap::Command) -> Vec<String> {
            let subs = command.get_subcommands();
            let shown = subs.filter(|sub| !sub.is_hide_set() && sub.get_name() != "help");
            let each = shown.flat_map(|sub| {
                let own = sub.get_after_help().is_none();
                let own = own.then(|| sub.get_name().to_owned());
                own.into_iter().chain(lacking(sub))
            });
            each.collect()
        }
        assert_eq!(lacking(&args::command()), [""; 0]);
    }
}
