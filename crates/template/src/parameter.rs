//! The parameters that a template declares.

use regex::Regex;

use crate::node::{Node, Position};
use crate::parse::ParseError;

/// A declared parameter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameter {
    pub name: String,
    pub position: Position,
    /// `String`, `Number`, `CommaDelimitedList`, `List<…>`, `AWS::EC2::VPC::Id`, `AWS::SSM::Parameter::…`.
    pub kind: String,
    pub default: Option<String>,
    pub allowed_values: Vec<String>,
    pub allowed_pattern: Option<String>,
    pub min_length: Option<usize>,
    pub max_length: Option<usize>,
    pub min_value: Option<f64>,
    pub max_value: Option<f64>,
    pub no_echo: bool,
    pub description: Option<String>,
    pub constraint_description: Option<String>,
}

const ATTRIBUTES: [&str; 11] = [
    "Type",
    "Default",
    "AllowedValues",
    "AllowedPattern",
    "MinLength",
    "MaxLength",
    "MinValue",
    "MaxValue",
    "NoEcho",
    "Description",
    "ConstraintDescription",
];

/// The parameters of a whole template, in its order.
///
/// # Errors
/// The first declaration that is none, and its place.
pub fn parameters(template: &Node) -> Result<Vec<Parameter>, ParseError> {
    let Some(section) = template.get("Parameters") else {
        return Ok(Vec::new());
    };
    let Some(members) = section.as_map() else {
        return Err(ParseError::new(
            section.position,
            "Parameters must be a map",
        ));
    };
    members
        .iter()
        .map(|(key, node)| parameter(&key.name, key.position, node))
        .collect()
}

fn parameter(name: &str, position: Position, node: &Node) -> Result<Parameter, ParseError> {
    let Some(members) = node.as_map() else {
        return Err(ParseError::new(
            node.position,
            format!("parameter {name} must be a map"),
        ));
    };
    if let Some((key, _)) = members
        .iter()
        .find(|(key, _)| !ATTRIBUTES.contains(&key.name.as_str()))
    {
        return Err(ParseError::new(
            key.position,
            format!("parameter {name} has an unknown attribute {}", key.name),
        ));
    }
    let text = |attribute: &str| node.get(attribute).and_then(Node::text);
    let Some(kind) = text("Type") else {
        return Err(ParseError::new(
            position,
            format!("parameter {name} has no Type"),
        ));
    };
    let number = |attribute: &str| text(attribute).and_then(|text| text.parse::<f64>().ok());
    let length = |attribute: &str| text(attribute).and_then(|text| text.parse::<usize>().ok());
    let allowed_pattern = text("AllowedPattern");
    if let Some(pattern) = &allowed_pattern
        && let Err(problem) = whole(pattern)
    {
        return Err(ParseError::new(
            position,
            format!("parameter {name} has a bad AllowedPattern: {problem}"),
        ));
    }
    let default = node
        .get("Default")
        .map(|default| default.text().unwrap_or_default());
    Ok(Parameter {
        name: name.to_owned(),
        position,
        kind,
        default,
        allowed_values: node
            .get("AllowedValues")
            .and_then(Node::as_list)
            .map(|values| values.iter().filter_map(Node::text).collect())
            .unwrap_or_default(),
        allowed_pattern,
        min_length: length("MinLength"),
        max_length: length("MaxLength"),
        min_value: number("MinValue"),
        max_value: number("MaxValue"),
        no_echo: text("NoEcho").is_some_and(|text| text == "true"),
        description: text("Description"),
        constraint_description: text("ConstraintDescription"),
    })
}

fn whole(pattern: &str) -> Result<Regex, regex::Error> {
    Regex::new(&format!("^(?:{pattern})$"))
}

impl Parameter {
    /// Whether the value is a list in `Ref`.
    pub fn is_list(&self) -> bool {
        self.kind == "CommaDelimitedList" || self.kind.starts_with("List<")
    }

    fn is_of_numbers(&self) -> bool {
        self.kind == "Number" || self.kind == "List<Number>"
    }

    /// Checks a value against type and constraints.
    ///
    /// # Errors
    /// A sentence in AWS's words.
    pub fn check(&self, value: &str) -> Result<(), String> {
        let name = &self.name;
        let explained = |problem: String| {
            self.constraint_description.clone().map_or(problem, |text| {
                format!("Parameter {name} failed to satisfy constraint: {text}")
            })
        };
        let values: Vec<&str> = if self.is_list() {
            value.split(',').map(str::trim).collect()
        } else {
            vec![value]
        };
        for value in values {
            let number = || value.trim().parse::<f64>().is_ok_and(f64::is_finite);
            if self.is_of_numbers() && !number() {
                return Err(format!("Parameter '{name}' must be a number."));
            }
            if !self.allowed_values.is_empty()
                && !self.allowed_values.iter().any(|allowed| allowed == value)
            {
                let allowed = self.allowed_values.join(", ");
                return Err(explained(format!(
                    "Parameter '{name}' must be one of AllowedValues [{allowed}]"
                )));
            }
            if let Some(pattern) = &self.allowed_pattern
                && whole(pattern).is_ok_and(|pattern| !pattern.is_match(value))
            {
                return Err(explained(format!(
                    "Parameter '{name}' must match pattern {pattern}"
                )));
            }
        }
        self.check_bounds(value).map_err(explained)
    }

    fn check_bounds(&self, value: &str) -> Result<(), String> {
        let name = &self.name;
        let length = value.chars().count();
        if self.min_length.is_some_and(|least| length < least) {
            return Err(format!(
                "Parameter '{name}' must contain at least {} characters",
                self.min_length.unwrap_or(0)
            ));
        }
        if self.max_length.is_some_and(|most| length > most) {
            return Err(format!(
                "Parameter '{name}' must contain at most {} characters",
                self.max_length.unwrap_or(0)
            ));
        }
        let number = value.trim().parse::<f64>();
        if let (Some(least), Ok(number)) = (self.min_value, &number)
            && *number < least
        {
            return Err(format!(
                "Parameter '{name}' must be a number not less than {least}"
            ));
        }
        if let (Some(most), Ok(number)) = (self.max_value, &number)
            && *number > most
        {
            return Err(format!(
                "Parameter '{name}' must be a number not greater than {most}"
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Parameter> {
        parameters(&crate::parse(text).unwrap()).unwrap()
    }

    #[test]
    fn values_are_checked() {
        let declared = read(
            "Parameters:\n  Cidr: {Type: String, AllowedPattern: '[0-9./]+', Default: 10.0.0.0/16}\n  \
             Size: {Type: Number, MinValue: 1, MaxValue: 5}\n  Mode: {Type: String, AllowedValues: [a, true]}\n",
        );
        assert_eq!(declared[0].default.as_deref(), Some("10.0.0.0/16"));
        assert!(
            declared[0].check("10.1.0.0/16").is_ok() && declared[0].check("x10.1.0.0/16").is_err()
        );
        assert!(
            declared[1].check("5").is_ok()
                && declared[1].check("6").is_err()
                && declared[1].check("x").is_err()
        );
        assert!(declared[2].check("true").is_ok() && declared[2].check("b").is_err());
    }

    #[test]
    fn numbers_are_numbers() {
        let declared = read("Parameters:\n  One: {Type: Number}\n  Many: {Type: List<Number>}\n");
        for bad in ["NaN", "inf", "-infinity", "x", ""] {
            assert!(declared[0].check(bad).is_err(), "{bad}");
            assert!(declared[1].check(&format!("1, {bad}")).is_err(), "{bad}");
        }
        assert!(declared[0].check("-1.5").is_ok() && declared[1].check("1, 2.5").is_ok());
    }

    #[test]
    fn a_bad_declaration_is_named() {
        let tree = crate::parse("Parameters:\n  A: {Typo: String}\n").unwrap();
        assert_eq!(
            parameters(&tree).unwrap_err().to_string(),
            "line 2, column 7: parameter A has an unknown attribute Typo"
        );
    }
}
