//! Who takes part, out of flags and a file.

use std::collections::BTreeSet;
use std::path::Path;

use super::args::Up;
use crate::stacks::Manifest;
use crate::up::{LONGEST_WITH_SPACE, Participants};

/// Most characters of a user profile's name (CreateUserProfile).
const LONGEST: usize = 63;
const DOMAIN: &str = "AWS::SageMaker::Domain";

/// The participants that the flags name.
///
/// # Errors
/// The name that cannot be one, or the file that cannot be read.
pub(super) fn participants(up: &Up, manifest: &Manifest) -> Result<Participants, String> {
    let mut names = BTreeSet::new();
    let counted = up.users.unwrap_or(0);
    names.extend((1..=counted).map(|number| format!("participant-{number:03}")));
    let given = up.user.iter().flat_map(|names| names.split(','));
    for name in given.filter(|name| !name.is_empty()) {
        names.insert(checked(name).map_err(|problem| format!("--user {problem}"))?);
    }
    if let Some(path) = &up.users_file {
        let listed = listed(path)?;
        if listed.is_empty() && !up.prune_users {
            let shown = path.display();
            return Err(format!(
                "--users-file {shown} names nobody; with --prune-users that parts from everybody"
            ));
        }
        names.extend(listed);
    }
    let said = up.users.is_some() || !up.user.is_empty() || up.users_file.is_some();
    for (flag, is_set) in [
        ("--prune-users", up.prune_users),
        ("--starter-app", up.starter_app.is_some()),
    ] {
        if is_set && !said {
            return Err(format!(
                "{flag} needs to know who takes part: --users, --user or --users-file"
            ));
        }
    }
    if said && !manifest.stacks.iter().any(|entry| entry.has(DOMAIN)) {
        return Err("there is no domain in the stacks that participants could be in".to_owned());
    }
    if up.starter_app.is_some() {
        let long = names.iter().find(|name| name.len() > LONGEST_WITH_SPACE);
        if let Some(name) = long {
            return Err(format!(
                "--starter-app: `{name}` is too long to name a space after; {LONGEST_WITH_SPACE} characters are the most"
            ));
        }
    }
    Ok(Participants {
        names,
        prune: up.prune_users,
        starter_app: up.starter_app.is_some(),
    })
}

/// Names in a file, one a line; empty lines, and what follows a `#`, are left out.
fn listed(path: &Path) -> Result<BTreeSet<String>, String> {
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|problem| format!("--users-file {shown}: {problem}"))?;
    let mut names = BTreeSet::new();
    for (number, line) in text.lines().enumerate() {
        let name = line.split('#').next().unwrap_or_default().trim();
        if name.is_empty() {
            continue;
        }
        let fault = |problem: String| format!("{shown}, line {}: {problem}", number + 1);
        names.insert(checked(name).map_err(fault)?);
    }
    Ok(names)
}

fn checked(name: &str) -> Result<String, String> {
    let letters = |text: &str| text.bytes().all(|it| it.is_ascii_alphanumeric());
    let valid = name.len() <= LONGEST
        && name
            .bytes()
            .all(|it| it.is_ascii_alphanumeric() || it == b'-')
        && letters(name.get(..1).unwrap_or("-"))
        && !name.ends_with('-');
    if valid {
        return Ok(name.to_owned());
    }
    Err(format!(
        "`{name}` is no name of a user profile: up to {LONGEST} letters, digits and hyphens, with a letter or digit at both ends"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_takes_part_is_read_from_everywhere() {
        let file = std::env::temp_dir().join(format!("participants-{}", std::process::id()));
        std::fs::write(&file, "ann\n\n# the others\nbob  # late\nann\n").unwrap();
        let up = Up {
            users: Some(2),
            user: vec!["carl,dora".to_owned(), "emil".to_owned()],
            users_file: Some(file.clone()),
            ..Up::default()
        };
        let names: Vec<String> = participants(&up, &Manifest::embedded().unwrap())
            .unwrap()
            .names
            .into_iter()
            .collect();
        std::fs::write(&file, "ann\n-bad\n").unwrap();
        let told = participants(&up, &Manifest::embedded().unwrap()).unwrap_err();
        std::fs::remove_file(&file).unwrap();
        let expected = ["ann", "bob", "carl", "dora", "emil"];
        assert_eq!(names[..5], expected);
        assert_eq!(names[5..], ["participant-001", "participant-002"]);
        assert!(told.contains("line 2: `-bad`"), "{told}");
    }

    #[test]
    fn what_means_nothing_without_participants_is_refused() {
        let up = Up {
            prune_users: true,
            ..Up::default()
        };
        assert!(
            participants(&up, &Manifest::embedded().unwrap())
                .unwrap_err()
                .contains("--users")
        );
    }
}
