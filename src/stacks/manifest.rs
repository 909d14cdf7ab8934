//! The manifest: which stacks there are, what each needs, its parameters and capabilities.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use template::{Node, Parameter};

/// A set of stacks with their templates, checked as far as it can be without any call.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// In the manifest's order.
    pub stacks: Vec<Entry>,
}

/// One stack of the set.
#[derive(Clone, Debug)]
pub struct Entry {
    pub key: String,
    /// Another physical name than `ENVIRONMENT-KEY`.
    pub stack_name: Option<String>,
    /// What to call the template in messages.
    pub template_name: String,
    pub template: String,
    /// Keys of the stacks that go first.
    pub needs: BTreeSet<String>,
    pub capabilities: Vec<String>,
    /// Values with `${…}` still in them.
    pub parameters: BTreeMap<String, String>,
    pub tags: BTreeMap<String, String>,
    pub role_arn: Option<String>,
    /// Longest time for one operation of this stack.
    pub timeout: Option<std::time::Duration>,
    /// Parameters that the template declares.
    pub declared: Vec<Parameter>,
    /// The template as a tree.
    pub tree: Node,
}

impl Entry {
    /// The types of the template's resources, one for each of them.
    pub fn types(&self) -> Vec<String> {
        let Ok(tree) = template::parse(&self.template) else {
            return Vec::new();
        };
        let resources = tree.get("Resources").and_then(Node::as_map);
        let types = resources
            .into_iter()
            .flatten()
            .filter_map(|(_, resource)| resource.get("Type"));
        types.filter_map(Node::text).collect()
    }

    /// Whether the template has a resource of a type, whatever its conditions say.
    pub fn has(&self, kind: &str) -> bool {
        let resources = self.tree.get("Resources").and_then(Node::as_map);
        let kinds = resources.unwrap_or_default().iter();
        kinds
            .filter_map(|(_, resource)| resource.get("Type")?.as_str())
            .any(|found| found == kind)
    }

    /// Whether the stack may have an output; nobody knows what the transforms of a template add.
    pub fn may_have_output(&self, output: &str) -> bool {
        let outputs = self.tree.get("Outputs");
        self.tree.get("Transform").is_some()
            || outputs.is_some_and(|outputs| outputs.get(output).is_some())
    }

    /// The stack's name in CloudFormation.
    pub fn physical_name(&self, environment: &str) -> String {
        self.stack_name
            .clone()
            .unwrap_or_else(|| format!("{environment}-{}", self.key))
    }
}

/// A manifest or template that cannot be used; found before any call.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    #[error("cannot read {path}: {source}")]
    Unreadable {
        path: String,
        source: std::io::Error,
    },
    #[error("{file}: {problem}")]
    Manifest { file: String, problem: String },
    #[error("{file}: {problem}")]
    Template { file: String, problem: String },
    #[error("{file}: stack `{stack}` needs `{needs}`, which is no stack of this manifest")]
    UnknownNeed {
        file: String,
        stack: String,
        needs: String,
    },
    #[error("{file}: the stacks {cycle} need each other in a circle")]
    Circle { file: String, cycle: String },
    #[error(
        "{file}: stack `{stack}` gives parameter `{parameter}`, which {template} does not declare{nearest}"
    )]
    UnknownParameter {
        file: String,
        stack: String,
        parameter: String,
        template: String,
        nearest: String,
    },
    #[error("{file}: stack `{stack}`, `{value}`: {problem}")]
    Interpolation {
        file: String,
        stack: String,
        value: String,
        problem: String,
    },
}

const MANIFEST: &str = "stacks.toml";
const EMBEDDED: [(&str, &str); 4] = [
    (MANIFEST, include_str!("../../stacks/stacks.toml")),
    ("network.yaml", include_str!("../../stacks/network.yaml")),
    (
        "endpoints.yaml",
        include_str!("../../stacks/endpoints.yaml"),
    ),
    ("studio.yaml", include_str!("../../stacks/studio.yaml")),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    stack: Vec<Table>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    name: String,
    template: String,
    #[serde(default)]
    needs: Vec<String>,
    #[serde(default)]
    capabilities: Vec<String>,
    #[serde(default)]
    parameters: BTreeMap<String, Scalar>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
    stack_name: Option<String>,
    role_arn: Option<String>,
    timeout: Option<String>,
}

/// A parameter may be written as what it is; CloudFormation takes text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Scalar {
    Text(String),
    Whole(i64),
    Flag(bool),
}

impl Scalar {
    fn text(self) -> String {
        match self {
            Scalar::Text(text) => text,
            Scalar::Whole(number) => number.to_string(),
            Scalar::Flag(flag) => flag.to_string(),
        }
    }
}

impl Manifest {
    /// The set that is part of the program.
    ///
    /// # Errors
    /// None in a released program: a test reads it.
    pub fn embedded() -> Result<Self, ManifestError> {
        let find = |name: &str| {
            EMBEDDED
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, text)| (*text).to_owned())
        };
        Self::read("stacks.toml (built in)", |name| {
            let missing =
                || std::io::Error::new(std::io::ErrorKind::NotFound, "no such built-in file");
            find(name).ok_or_else(|| ManifestError::Unreadable {
                path: name.to_owned(),
                source: missing(),
            })
        })
    }

    /// A set in a folder: `stacks.toml` and its templates.
    ///
    /// # Errors
    /// The file, the place and what is wrong.
    pub fn in_folder(folder: &Path) -> Result<Self, ManifestError> {
        let path = |name: &str| -> PathBuf { folder.join(name) };
        Self::read(&path(MANIFEST).display().to_string(), |name| {
            std::fs::read_to_string(path(name)).map_err(|source| ManifestError::Unreadable {
                path: path(name).display().to_string(),
                source,
            })
        })
    }

    fn read(
        file: &str,
        open: impl Fn(&str) -> Result<String, ManifestError>,
    ) -> Result<Self, ManifestError> {
        let text = open(MANIFEST)?;
        let parsed: File = toml::from_str(&text).map_err(|problem| ManifestError::Manifest {
            file: file.to_owned(),
            problem: problem.to_string(),
        })?;
        let mut stacks = Vec::new();
        for table in parsed.stack {
            let template = open(&table.template)?;
            stacks.push(entry(file, table, template)?);
        }
        let manifest = Self { stacks };
        manifest.check(file)?;
        Ok(manifest)
    }

    fn check(&self, file: &str) -> Result<(), ManifestError> {
        let problem = |problem: String| ManifestError::Manifest {
            file: file.to_owned(),
            problem,
        };
        if self.stacks.is_empty() {
            return Err(problem("there is no [[stack]] in it".to_owned()));
        }
        let mut keys = BTreeSet::new();
        for entry in &self.stacks {
            if !keys.insert(&entry.key) {
                return Err(problem(format!(
                    "there are two stacks named `{}`",
                    entry.key
                )));
            }
        }
        for entry in &self.stacks {
            if let Some(needs) = entry.needs.iter().find(|needs| !keys.contains(needs)) {
                let (stack, needs) = (entry.key.clone(), needs.clone());
                return Err(ManifestError::UnknownNeed {
                    file: file.to_owned(),
                    stack,
                    needs,
                });
            }
        }
        self.check_circles(file)
    }

    /// Takes away what needs nothing that is left, until nothing is left or nothing moves.
    fn check_circles(&self, file: &str) -> Result<(), ManifestError> {
        let mut left: BTreeMap<&str, &BTreeSet<String>> = self
            .stacks
            .iter()
            .map(|entry| (entry.key.as_str(), &entry.needs))
            .collect();
        loop {
            let free: Vec<&str> = left
                .iter()
                .filter(|(_, needs)| {
                    !needs
                        .iter()
                        .any(|needed| left.contains_key(needed.as_str()))
                })
                .map(|(key, _)| *key)
                .collect();
            if free.is_empty() {
                break;
            }
            for key in free {
                left.remove(key);
            }
        }
        if left.is_empty() {
            return Ok(());
        }
        let cycle = left
            .into_keys()
            .map(|key| format!("`{key}`"))
            .collect::<Vec<_>>()
            .join(", ");
        Err(ManifestError::Circle {
            file: file.to_owned(),
            cycle,
        })
    }

    pub fn find(&self, key: &str) -> Option<&Entry> {
        self.stacks.iter().find(|entry| entry.key == key)
    }
}

fn entry(file: &str, table: Table, template: String) -> Result<Entry, ManifestError> {
    let folder = Path::new(file)
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let template_name = folder.map_or_else(
        || table.template.clone(),
        |folder| folder.join(&table.template).display().to_string(),
    );
    let fault = |problem: String| ManifestError::Template {
        file: template_name.clone(),
        problem,
    };
    let tree = template::parse(&template).map_err(|problem| fault(problem.to_string()))?;
    if tree
        .get("Resources")
        .and_then(Node::as_map)
        .is_none_or(<[_]>::is_empty)
    {
        return Err(fault("there are no Resources in it".to_owned()));
    }
    let declared = template::parameters(&tree).map_err(|problem| fault(problem.to_string()))?;
    let parameters: BTreeMap<String, String> = table
        .parameters
        .into_iter()
        .map(|(key, value)| (key, value.text()))
        .collect();
    if let Some(parameter) = parameters
        .keys()
        .find(|key| !declared.iter().any(|known| known.name == **key))
    {
        let nearest = nearest(parameter, declared.iter().map(|known| known.name.as_str()));
        return Err(ManifestError::UnknownParameter {
            file: file.to_owned(),
            stack: table.name,
            parameter: parameter.clone(),
            template: template_name,
            nearest: nearest
                .map(|name| format!(" (did you mean `{name}`?)"))
                .unwrap_or_default(),
        });
    }
    let mut needs: BTreeSet<String> = table.needs.into_iter().collect();
    for value in parameters.values() {
        let parts =
            super::parameters::parts(value).map_err(|problem| ManifestError::Interpolation {
                file: file.to_owned(),
                stack: table.name.clone(),
                value: value.clone(),
                problem,
            })?;
        needs.extend(parts.into_iter().filter_map(|part| part.named_stack()));
    }
    needs.remove(&table.name);
    let timeout = match table.timeout.as_deref().map(crate::cli::settings::duration) {
        None => None,
        Some(Ok(timeout)) => Some(timeout),
        Some(Err(problem)) => {
            return Err(ManifestError::Manifest {
                file: file.to_owned(),
                problem: format!("timeout: {problem}"),
            });
        }
    };
    Ok(Entry {
        key: table.name,
        stack_name: table.stack_name,
        template_name,
        template,
        needs,
        capabilities: table.capabilities,
        parameters,
        tags: table.tags,
        role_arn: table.role_arn,
        timeout,
        declared,
        tree,
    })
}

/// The name that is most like a mistyped one, if any is near.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(far, _)| *far <= name.len().div_ceil(3))
        .min()
        .map(|(_, candidate)| candidate)
}

/// Edits between two names, letter case aside.
fn distance(one: &str, other: &str) -> usize {
    let (one, other) = (one.to_lowercase(), other.to_lowercase());
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (at, letter) in one.chars().enumerate() {
        let mut diagonal = at;
        if let Some(first) = row.first_mut() {
            *first = at + 1;
        }
        for (column, candidate) in other.chars().enumerate() {
            let above = row.get(column + 1).copied().unwrap_or(usize::MAX - 1);
            let left = row.get(column).copied().unwrap_or(usize::MAX - 1);
            let best = (diagonal + usize::from(letter != candidate))
                .min(above + 1)
                .min(left + 1);
            diagonal = above;
            if let Some(cell) = row.get_mut(column + 1) {
                *cell = best;
            }
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_set_is_sound() {
        let manifest = Manifest::embedded().unwrap();
        let keys: Vec<&str> = manifest
            .stacks
            .iter()
            .map(|entry| entry.key.as_str())
            .collect();
        assert_eq!(keys, ["network", "endpoints", "studio"]);
        assert!(manifest.find("studio").unwrap().needs.contains("network"));
    }

    #[test]
    fn a_mistyped_name_is_recognised() {
        assert_eq!(
            nearest("DomainNmae", ["DomainName", "ZoneOne"].into_iter()),
            Some("DomainName")
        );
        assert_eq!(
            nearest("Colour", ["DomainName", "ZoneOne"].into_iter()),
            None
        );
    }
}
