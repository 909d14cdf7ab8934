//! What a template would make, as far as it can be known without any call: its resources under the conditions that hold,
//! and the few properties that are asked about.

use std::collections::BTreeMap;

use template::Node;

/// What `Ref` and `Fn::Sub` stand for: parameters, and pseudo parameters such as `AWS::Region`.
pub type Values = BTreeMap<String, String>;

/// The resources of a template that its conditions let be made.
pub struct Resources<'a> {
    template: &'a Node,
    values: &'a Values,
}

/// One of them.
pub struct Resource<'a> {
    pub logical_id: &'a str,
    /// `AWS::EC2::VPCEndpoint`.
    pub kind: &'a str,
    properties: Option<&'a Node>,
    values: &'a Values,
}

impl<'a> Resources<'a> {
    pub fn new(template: &'a Node, values: &'a Values) -> Self {
        Self { template, values }
    }

    /// The resources that will be there; one whose condition cannot be known counts as being there.
    pub fn made(&self) -> impl Iterator<Item = Resource<'a>> {
        let all = self.template.get("Resources").and_then(Node::as_map);
        let (template, values) = (self.template, self.values);
        all.unwrap_or_default()
            .iter()
            .filter(move |(_, resource)| {
                let condition = resource.get("Condition").and_then(Node::as_str);
                condition.is_none_or(|name| holds(template, values, name) != Some(false))
            })
            .filter_map(move |(key, resource)| {
                Some(Resource {
                    logical_id: &key.name,
                    kind: resource.get("Type")?.as_str()?,
                    properties: resource.get("Properties"),
                    values,
                })
            })
    }

    /// Those of one type.
    pub fn of(&self, kind: &str) -> impl Iterator<Item = Resource<'a>> {
        self.made().filter(move |resource| resource.kind == kind)
    }
}

impl Resource<'_> {
    /// A property's text, where it can be known now.
    pub fn text(&self, property: &str) -> Option<String> {
        text(self.properties?.get(property)?, self.values)
    }

    /// How many items a list property has.
    pub fn count(&self, property: &str) -> usize {
        let list = self.properties.and_then(|it| it.get(property));
        list.and_then(Node::as_list).map_or(0, <[Node]>::len)
    }
}

fn text(node: &Node, values: &Values) -> Option<String> {
    if let Some(text) = node.text() {
        return Some(text);
    }
    let [(function, argument)] = node.as_map()? else {
        return None;
    };
    match (function.name.as_str(), argument.as_str()) {
        ("Ref", Some(name)) => values.get(name).cloned(),
        ("Fn::Sub", Some(pattern)) => substituted(pattern, values),
        _ => None,
    }
}

/// `Fn::Sub` of names alone; nothing where one of them is not known now.
fn substituted(pattern: &str, values: &Values) -> Option<String> {
    let mut told = String::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, after) = after.split_once('}')?;
        told.push_str(before);
        told.push_str(values.get(name)?);
        rest = after;
    }
    told.push_str(rest);
    Some(told)
}

fn holds(template: &Node, values: &Values, name: &str) -> Option<bool> {
    truth(template, values, template.get("Conditions")?.get(name)?)
}

fn truth(template: &Node, values: &Values, node: &Node) -> Option<bool> {
    let [(function, argument)] = node.as_map()? else {
        return None;
    };
    let all = || argument.as_list().unwrap_or_default().iter();
    let mut parts = all().map(|part| truth(template, values, part));
    match function.name.as_str() {
        "Condition" => holds(template, values, argument.as_str()?),
        "Fn::Equals" => {
            let mut sides = all().map(|side| text(side, values));
            Some(sides.next()?? == sides.next()??)
        }
        "Fn::Not" => parts.next()?.map(|part| !part),
        "Fn::And" => parts.try_fold(true, |so_far, part| Some(so_far && part?)),
        "Fn::Or" => parts.try_fold(false, |so_far, part| Some(so_far || part?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = "
Conditions:
  A: !Equals [!Ref Mode, big]
  B: !Not [!Condition A]
  C: !And [!Condition A, !Equals [x, x]]
Resources:
  Always:
    Type: T
    Properties: {Name: !Sub 'com.${AWS::Region}.s3', Ids: [1, 2], Late: !GetAtt X.Y}
  WhenA: {Type: T, Condition: A}
  WhenB: {Type: T, Condition: B}
  WhenC: {Type: U, Condition: C}
";

    #[test]
    fn conditions_decide_what_is_made() {
        let template = template::parse(TEMPLATE).unwrap();
        let made = |mode: &str| {
            let pairs = [("Mode", mode), ("AWS::Region", "eu-west-1")];
            let values: Values = pairs.map(|(key, value)| (key.into(), value.into())).into();
            let resources = Resources::new(&template, &values);
            let made = resources.made().map(|it| it.logical_id.to_owned());
            made.collect::<Vec<_>>()
        };
        assert_eq!(made("big"), ["Always", "WhenA", "WhenC"]);
        assert_eq!(made("small"), ["Always", "WhenB"]);
    }

    #[test]
    fn properties_are_told_as_far_as_they_are_known() {
        let template = template::parse(TEMPLATE).unwrap();
        let values: Values = [("AWS::Region".into(), "eu-west-1".into())].into();
        let resources = Resources::new(&template, &values);
        let always = resources.of("T").next().unwrap();
        assert_eq!(always.text("Name").as_deref(), Some("com.eu-west-1.s3"));
        assert_eq!((always.count("Ids"), always.text("Late")), (2, None));
        // A condition that hangs on what is not known lets be made.
        assert_eq!(resources.made().count(), 4);
    }
}
