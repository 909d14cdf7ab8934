//! What an action is checked against: ARNs out of the members of its input, by the templates of `resources.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::Value;

use crate::row::Row;
use crate::world::{Place, World};

type Table = BTreeMap<String, BTreeMap<String, Vec<String>>>;

#[expect(
    clippy::expect_used,
    reason = "the table is part of the crate, and a test reads it"
)]
static TABLE: LazyLock<Table> = LazyLock::new(|| {
    toml::from_str(include_str!("resources.toml"))
        .expect("resources.toml is a table of templates by service and operation")
});

/// The templates of an action, or nothing where the table has none.
pub(super) fn templates(action: &str) -> Option<&'static [String]> {
    let (prefix, name) = action.split_once(':')?;
    TABLE.get(prefix)?.get(name).map(Vec::as_slice)
}

/// The members that templates name, with their values.
#[derive(Clone, Debug, Default)]
pub(super) struct Members {
    given: BTreeMap<String, Vec<String>>,
    /// What a member is that is not given, where nothing else is named; without it a template that names one names
    /// nothing.
    missing: Option<String>,
}

impl Members {
    /// The members of an input, or of properties: texts and lists of texts.
    pub(super) fn of(input: &Value) -> Self {
        let texts = |value: &Value| match value {
            Value::String(text) => vec![text.clone()],
            Value::Array(items) => {
                let items = items.iter().filter_map(Value::as_str);
                items.map(str::to_owned).collect()
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Vec::new(),
        };
        let members = input.as_object().into_iter().flatten();
        Self {
            given: members
                .map(|(name, value)| (name.clone(), texts(value)))
                .collect(),
            missing: None,
        }
    }

    /// The same, where what is not given is taken for anything.
    #[must_use]
    pub(super) fn with_anything_missing(mut self) -> Self {
        self.missing = Some("*".to_owned());
        self
    }

    pub(super) fn set(&mut self, name: &str, values: Vec<String>) {
        self.given.insert(name.to_owned(), values);
    }

    /// The values of a member; CloudFormation's names of lists have an `s` more than EC2's.
    pub(super) fn get(&self, name: &str) -> &[String] {
        let given = |name: &str| self.given.get(name).filter(|values| !values.is_empty());
        given(name)
            .or_else(|| given(&format!("{name}s")))
            .map_or(&[], Vec::as_slice)
    }
}

/// The ARNs that an action is checked against; `*` where it names nothing.
pub(super) fn arns(world: &World, place: &Place, action: &str, members: &Members) -> Vec<String> {
    let prefix = action.split(':').next().unwrap_or_default();
    let all = |members: &Members| {
        let mut found: Vec<String> = Vec::new();
        for template in templates(action).unwrap_or_default() {
            for arn in expand(world, place, prefix, template, members) {
                if !found.contains(&arn) {
                    found.push(arn);
                }
            }
        }
        found
    };
    let given = Members {
        missing: None,
        ..members.clone()
    };
    [&given, members]
        .into_iter()
        .map(all)
        .find(|found| !found.is_empty())
        .unwrap_or_else(|| vec!["*".to_owned()])
}

/// The ARNs of one template.
pub(super) fn expand(
    world: &World,
    place: &Place,
    prefix: &str,
    template: &str,
    members: &Members,
) -> Vec<String> {
    fill(world, template, members)
        .into_iter()
        .map(|resource| match resource.find("arn:") {
            Some(start) => resource[start..].to_owned(),
            None if resource == "*" => resource,
            None => exact(world, place, arn(place, prefix, &resource)),
        })
        .collect()
}

/// IAM is one for all regions.
fn arn(place: &Place, prefix: &str, resource: &str) -> String {
    match prefix {
        "iam" => format!("arn:aws:iam::{}:{resource}", place.account),
        _ => place.arn(prefix, resource),
    }
}

/// Puts the values of members into a template, one after another.
fn fill(world: &World, template: &str, members: &Members) -> Vec<String> {
    let Some((before, rest)) = template.split_once('{') else {
        return vec![template.to_owned()];
    };
    let Some((placeholder, after)) = rest.split_once('}') else {
        return vec![template.to_owned()];
    };
    values(world, placeholder, members)
        .into_iter()
        .flat_map(|value| {
            if value.starts_with("arn:") {
                return vec![value];
            }
            fill(world, after, members)
                .into_iter()
                .map(|after| format!("{before}{value}{after}"))
                .collect()
        })
        .collect()
}

/// What a row tells about an id.
type Look = fn(&Row, &str) -> Option<String>;

fn values(world: &World, placeholder: &str, members: &Members) -> Vec<String> {
    if let Some((name, default)) = placeholder.split_once('=') {
        return match members.get(name) {
            [] => vec![default.to_owned()],
            values => values.to_vec(),
        };
    }
    if let Some(name) = placeholder.strip_suffix(":lower") {
        let lower = |value: &String| value.to_lowercase();
        return given(members, name).iter().map(lower).collect();
    }
    let looks: [(char, Look); 3] = [
        ('@', |row, id| (row.id == id).then(|| row.arn.clone())),
        ('^', |row, id| {
            (row.id == id).then(|| row.parent.clone()).flatten()
        }),
        ('$', |row, id| {
            (row.parent.as_deref() == Some(id)).then(|| row.arn.clone())
        }),
    ];
    for (sign, look) in looks {
        if let Some(name) = placeholder.strip_suffix(sign) {
            let rows = world.rows();
            let of = |id: &String| {
                let arn = (sign == '@' && id.starts_with("arn:")).then(|| id.clone());
                arn.or_else(|| rows.iter().find_map(|row| look(row, id)))
            };
            return given(members, name).iter().filter_map(of).collect();
        }
    }
    given(members, placeholder)
}

/// The values of the first of several members that is given.
fn given(members: &Members, names: &str) -> Vec<String> {
    names
        .split('|')
        .map(|name| members.get(name))
        .find(|values| !values.is_empty())
        .map_or_else(|| members.missing.iter().cloned().collect(), <[_]>::to_vec)
}

/// Stacks and roles that exist have fuller ARNs than their names tell.
fn exact(world: &World, place: &Place, arn: String) -> String {
    let resource = arn.splitn(6, ':').nth(5).unwrap_or_default();
    if let Some(name) = resource
        .strip_prefix("stack/")
        .and_then(|rest| rest.strip_suffix("/*"))
    {
        let mut places = world.places().filter(|(known, _)| *known == place);
        let stack = places.find_map(|(_, region)| region.cloudformation.find(name));
        return stack.map_or(arn, |stack| stack.arn.clone());
    }
    if let Some(name) = resource.strip_prefix("role/") {
        let state = world.iam_state(&place.account);
        let role = state.and_then(|state| state.roles.get(name));
        return role.map_or(arn, |role| role.arn.clone());
    }
    arn
}
