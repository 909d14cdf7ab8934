//! `jumpstart-vpc.toml`: flags that a folder always says, and where each value came from.
//!
//! A key is a flag's name without its hyphens in front. What the command line or the environment says is not taken from
//! the file, so a flag beats the environment and both beat the file. The rest is put to the command line as if it had
//! been typed, and read by the same rules.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::parser::ValueSource;
use clap::{ArgAction, ArgMatches, CommandFactory, FromArgMatches};
use toml::{Table, Value};

use super::args::{self, Arguments};
use crate::stacks::manifest::nearest;

const FILE: &str = "jumpstart-vpc.toml";

/// What is agreed to each time, by whoever runs the command: a file in some folder cannot say it.
pub(super) const CONSENT: [&str; 14] = [
    "yes",
    "force",
    "delete-data",
    "delete-spaces",
    "delete-efs",
    "delete-logs",
    "include-located",
    "detach-policies",
    "domain-arn",
    "allow-replacement",
    "prune-users",
    "adopt",
    "config",
    "clock-scale",
];

/// Variables of AWS's own that say what a flag says; the SDK reads them, the first that is not empty.
const OF_AWS: [(&str, &[&str]); 2] = [
    ("region", &["AWS_REGION", "AWS_DEFAULT_REGION"]),
    ("profile", &["AWS_PROFILE"]),
];

/// What AWS's own variables say about a flag.
#[expect(
    clippy::disallowed_methods,
    reason = "whether a flag was said outside the command line is for this file to find out"
)]
fn of_aws(key: &str) -> Option<String> {
    let (_, variables) = OF_AWS.iter().find(|(flag, _)| *flag == key)?;
    let values = variables.iter().filter_map(|name| std::env::var(name).ok());
    values.into_iter().find(|value| !value.is_empty())
}

/// Where a value was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    Flag,
    Environment,
    File(PathBuf),
    Default,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Origin::Flag => out.write_str("flag"),
            Origin::Environment => out.write_str("environment"),
            Origin::File(path) => write!(out, "{}", path.display()),
            Origin::Default => out.write_str("default"),
        }
    }
}

/// One value and where it was said; parameters under their own names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    pub name: String,
    pub value: String,
    pub origin: Origin,
}

/// Reads the command line, the environment and the file.
///
/// # Errors
/// The file, the key and the cure. What clap objects to it prints itself, and the process ends as it always does.
pub(super) fn arguments(typed: &[OsString]) -> Result<Arguments, String> {
    let typed_matches = args::command()
        .try_get_matches_from(typed)
        .unwrap_or_else(|problem| problem.exit());
    let alone = finish(&typed_matches, &BTreeMap::new(), &path_of_none())?;
    if !alone.command.reads_file() {
        return match alone.global.config {
            Some(_) => Err("--config: this command reads no file".to_owned()),
            None => Ok(alone),
        };
    }
    let Some((path, table)) = file(&typed_matches)? else {
        return Ok(alone);
    };
    let (names, matches) = innermost(&typed_matches);
    let described = Arguments::command();
    let known = flags(&described);
    let mut extra = Vec::new();
    let mut from_file = BTreeMap::new();
    for (key, value) in &table {
        let fault = |problem: String| format!("{}: {problem}", path.display());
        if key == "parameters" {
            let (words, told) = parameters(matches, value).map_err(fault)?;
            extra.extend(words);
            from_file.extend(told);
            continue;
        }
        check(key, &known).map_err(fault)?;
        let argument = argument(&described, &names, key);
        let Some(argument) = argument.filter(|_| !is_said(matches, key)) else {
            continue;
        };
        extra.extend(words(argument, key, value).map_err(fault)?);
        from_file.insert(key.clone(), shown(value));
    }
    let all = typed
        .iter()
        .cloned()
        .chain(extra.into_iter().map(OsString::from));
    let matches = args::command()
        .try_get_matches_from(all)
        .map_err(|problem| {
            let text = problem.to_string();
            let first = text.lines().next().unwrap_or_default();
            format!(
                "{}: {}",
                path.display(),
                first.trim_start_matches("error: ")
            )
        })?;
    finish(&matches, &from_file, &path)
}

fn path_of_none() -> PathBuf {
    PathBuf::from(FILE)
}

fn finish(
    matches: &ArgMatches,
    from_file: &BTreeMap<String, String>,
    path: &Path,
) -> Result<Arguments, String> {
    let mut arguments =
        Arguments::from_arg_matches(matches).map_err(|problem| problem.to_string())?;
    arguments.global.settings = settings(matches, from_file, path);
    Ok(arguments)
}

/// The file that was named, or the one in the working folder; nothing where there is none.
fn file(matches: &ArgMatches) -> Result<Option<(PathBuf, Table)>, String> {
    let (_, innermost) = innermost(matches);
    let named = innermost.get_one::<PathBuf>("config").cloned();
    let path = named.clone().unwrap_or_else(path_of_none);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(problem) if named.is_none() && problem.kind() == std::io::ErrorKind::NotFound => {
            return Ok(None);
        }
        Err(problem) => return Err(format!("{}: {problem}", path.display())),
    };
    let table: Table = text
        .parse()
        .map_err(|problem| format!("{}: {problem}", path.display()))?;
    Ok(Some((path, table)))
}

/// The subcommands that were said, and what was said to the last.
fn innermost(matches: &ArgMatches) -> (Vec<String>, &ArgMatches) {
    let mut names = Vec::new();
    let mut matches = matches;
    while let Some((name, inner)) = matches.subcommand() {
        names.push(name.to_owned());
        matches = inner;
    }
    (names, matches)
}

fn longs(command: &clap::Command) -> impl Iterator<Item = String> {
    command
        .get_arguments()
        .filter_map(|arg| arg.get_long().map(str::to_owned))
}

/// Every flag of every command.
fn flags(command: &clap::Command) -> BTreeSet<String> {
    let inner = command.get_subcommands().flat_map(flags);
    longs(command).chain(inner).collect()
}

/// A flag of one command, or of all commands.
fn argument<'c>(command: &'c clap::Command, names: &[String], key: &str) -> Option<&'c clap::Arg> {
    let mut own = command.get_arguments();
    own.find(|arg| arg.get_long() == Some(key)).or_else(|| {
        let (first, rest) = names.split_first()?;
        argument(command.find_subcommand(first)?, rest, key)
    })
}

/// The flags that one command takes, those of all commands included.
fn flags_of(command: &clap::Command, names: &[String]) -> BTreeSet<String> {
    let mut found: BTreeSet<String> = longs(command).collect();
    let inner = names
        .split_first()
        .and_then(|(first, rest)| Some((command.find_subcommand(first)?, rest)));
    if let Some((inner, rest)) = inner {
        found.extend(flags_of(inner, rest));
    }
    found
}

fn check(key: &str, known: &BTreeSet<String>) -> Result<(), String> {
    if CONSENT.contains(&key) {
        return Err(format!(
            "`{key}` is said on the command line each time, never in a file"
        ));
    }
    if known.contains(key) && key != "parameter" {
        return Ok(());
    }
    let near = nearest(key, known.iter().map(String::as_str));
    let hint = near.map(|name| format!("; did you mean `{name}`?"));
    Err(format!("`{key}` is not known{}", hint.unwrap_or_default()))
}

fn id(key: &str) -> String {
    key.replace('-', "_")
}

fn source(matches: &ArgMatches, id: &str) -> Option<ValueSource> {
    matches
        .try_contains_id(id)
        .is_ok()
        .then(|| matches.value_source(id))
        .flatten()
}

/// The words that were said for an argument.
fn raw(matches: &ArgMatches, id: &str) -> Vec<String> {
    let raw = matches.try_get_raw(id).ok().flatten().unwrap_or_default();
    raw.map(|it| it.to_string_lossy().into_owned()).collect()
}

/// Whether the command line or the environment says it. An empty variable says nothing.
fn is_said(matches: &ArgMatches, key: &str) -> bool {
    let id = id(key);
    let is_empty = || raw(matches, &id).iter().all(String::is_empty);
    match source(matches, &id) {
        Some(ValueSource::CommandLine) => true,
        Some(ValueSource::EnvVariable) if !is_empty() => true,
        Some(_) | None => of_aws(key).is_some(),
    }
}

/// A value of the file as words of a command line.
fn words(argument: &clap::Arg, key: &str, value: &Value) -> Result<Vec<String>, String> {
    let word = |value: &Value| match value {
        Value::String(text) => Ok(format!("--{key}={text}")),
        Value::Integer(number) => Ok(format!("--{key}={number}")),
        Value::Float(number) => Ok(format!("--{key}={number}")),
        Value::Boolean(_) | Value::Datetime(_) | Value::Array(_) | Value::Table(_) => {
            Err(format!("`{key}` takes a text or a number"))
        }
    };
    match (argument.get_action(), value) {
        (ArgAction::SetTrue, Value::Boolean(is_on)) => Ok(vec![format!("--{key}={is_on}")]),
        (ArgAction::SetTrue, _) => Err(format!("`{key}` takes true or false")),
        (ArgAction::Count, Value::Integer(times @ 0..=9)) => {
            Ok((0..*times).map(|_| format!("--{key}")).collect())
        }
        (ArgAction::Count, _) => Err(format!("`{key}` takes a number up to 9")),
        (_, Value::Array(values)) => values.iter().map(word).collect(),
        (_, value) => Ok(vec![word(value)?]),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(shown).collect::<Vec<_>>().join(", "),
        Value::Integer(_)
        | Value::Float(_)
        | Value::Boolean(_)
        | Value::Datetime(_)
        | Value::Table(_) => value.to_string(),
    }
}

type Parameters = (Vec<String>, BTreeMap<String, String>);

/// `[parameters]`, and `[parameters.STACK]` for a template's own; those that the command line gives are left to it.
fn parameters(matches: &ArgMatches, value: &Value) -> Result<Parameters, String> {
    let table = value.as_table().ok_or("`parameters` is a table")?;
    let given = matches.get_many::<String>("parameters").unwrap_or_default();
    let given: BTreeSet<&str> = given
        .filter_map(|text| Some(text.split_once('=')?.0))
        .collect();
    let mut flat = BTreeMap::new();
    for (key, value) in table {
        match value {
            Value::Table(own) => {
                let own = own.iter();
                flat.extend(own.map(|(name, value)| (format!("{key}.{name}"), shown(value))));
            }
            Value::String(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::Datetime(_)
            | Value::Array(_) => {
                flat.insert(key.clone(), shown(value));
            }
        }
    }
    flat.retain(|key, _| !given.contains(key.as_str()));
    let words = flat.iter();
    let words = words.map(|(key, value)| format!("--parameter={key}={value}"));
    let told = flat.iter();
    let told = told.map(|(key, value)| (format!("parameter {key}"), value.clone()));
    Ok((words.collect(), told.collect()))
}

/// Every flag of the command with its value and where that was said.
fn settings(
    matches: &ArgMatches,
    from_file: &BTreeMap<String, String>,
    path: &Path,
) -> Vec<Setting> {
    let (names, matches) = innermost(matches);
    let in_file = |name: &str| from_file.contains_key(name);
    let mut settings = Vec::new();
    for name in flags_of(&Arguments::command(), &names) {
        let id = id(&name);
        if name == "parameter" || name == "help" || name == "version" {
            continue;
        }
        let Some(found) = source(matches, &id) else {
            settings.extend(of_aws(&name).map(|value| Setting {
                name,
                value,
                origin: Origin::Environment,
            }));
            continue;
        };
        let raw = raw(matches, &id);
        if found == ValueSource::EnvVariable && raw.iter().all(String::is_empty) {
            continue;
        }
        let origin = match found {
            _ if in_file(&name) => Origin::File(path.to_path_buf()),
            ValueSource::CommandLine => Origin::Flag,
            ValueSource::EnvVariable => Origin::Environment,
            ValueSource::DefaultValue | _ => Origin::Default,
        };
        settings.push(Setting {
            name,
            value: raw.join(", "),
            origin,
        });
    }
    let given = matches.get_many::<String>("parameters").unwrap_or_default();
    for (key, value) in given.filter_map(|text| text.split_once('=')) {
        let name = format!("parameter {key}");
        let origin = if in_file(&name) {
            Origin::File(path.to_path_buf())
        } else {
            Origin::Flag
        };
        settings.push(Setting {
            name,
            value: value.to_owned(),
            origin,
        });
    }
    settings
}
