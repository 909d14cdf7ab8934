//! What an environment is made of, as a picture: VPC, subnets, groups, endpoints, Studio.
//!
//! Read from the templates of its stacks: those in AWS where the environment exists, with the ids of what was made, and
//! those of the manifest before that.

mod svg;
mod text;

pub use svg::svg;
pub use text::text;

use std::collections::BTreeMap;

use crate::stacks::resources::{Resource, Resources, Values};

/// The picture's contents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagram {
    pub title: String,
    pub parts: BTreeMap<Place, Vec<Part>>,
}

/// Where something stands in the picture, in the order of reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    Vpc,
    Subnet,
    Group,
    Gateway,
    Interface,
    Studio,
}

impl Place {
    fn words(self) -> &'static str {
        match self {
            Place::Vpc => "VPC",
            Place::Subnet => "Private subnets",
            Place::Group => "Security groups",
            Place::Gateway => "Gateway endpoints",
            Place::Interface => "Interface endpoints",
            Place::Studio => "Studio",
        }
    }
}

/// One resource of the picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its logical id.
    pub name: String,
    /// Range, service or the like, as far as the template says it.
    pub detail: String,
    /// Its physical id, where it exists.
    pub id: Option<String>,
}

impl Part {
    fn words(&self) -> String {
        let parts = [
            Some(self.name.clone()),
            Some(self.detail.clone()).filter(|detail| !detail.is_empty()),
            self.id.clone(),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join("  ")
    }
}

/// A stack's template with the values of its parameters, and the physical ids of its members by logical id; none before
/// it exists.
pub struct Source {
    pub template: String,
    /// Pseudo parameters such as `AWS::Region` among them.
    pub values: Values,
    pub ids: BTreeMap<String, String>,
}

/// A user profile, whoever made it, with the spaces that it owns.
pub struct Person {
    pub name: String,
    pub spaces: Vec<String>,
}

/// The picture of these stacks and people. What is none of a network or of Studio is left out.
pub fn diagram(title: String, sources: &[Source], people: &[Person]) -> Diagram {
    let mut diagram = Diagram {
        title,
        ..Diagram::default()
    };
    for source in sources {
        // Templates of the manifest were parsed before, and CloudFormation has parsed its own.
        let Ok(tree) = template::parse(&source.template) else {
            continue;
        };
        for resource in Resources::new(&tree, &source.values).made() {
            let Some((place, detail)) = place(&resource) else {
                continue;
            };
            let part = Part {
                name: resource.logical_id.to_owned(),
                detail,
                id: source.ids.get(resource.logical_id).cloned(),
            };
            diagram.parts.entry(place).or_default().push(part);
        }
    }
    for person in people {
        let studio = diagram.parts.entry(Place::Studio).or_default();
        // A profile of a template stands there already.
        if studio.iter().all(|part| part.detail != person.name) {
            studio.push(Part {
                name: person.name.clone(),
                detail: "user profile".to_owned(),
                id: None,
            });
        }
        studio.extend(person.spaces.iter().map(|space| Part {
            name: space.clone(),
            detail: format!("space of {}", person.name),
            id: None,
        }));
    }
    diagram
}

/// Where a resource stands, and what its template says of it; what cannot be known yet is left out.
fn place(resource: &Resource<'_>) -> Option<(Place, String)> {
    let told = |name: &str| resource.text(name).unwrap_or_default();
    match resource.kind {
        "AWS::EC2::VPC" => Some((Place::Vpc, told("CidrBlock"))),
        "AWS::EC2::Subnet" => Some((Place::Subnet, told("CidrBlock"))),
        "AWS::EC2::SecurityGroup" => Some((Place::Group, told("GroupDescription"))),
        "AWS::EC2::VPCEndpoint" if told("VpcEndpointType") == "Interface" => {
            Some((Place::Interface, told("ServiceName")))
        }
        "AWS::EC2::VPCEndpoint" => Some((Place::Gateway, told("ServiceName"))),
        "AWS::SageMaker::Domain" => Some((Place::Studio, told("AppNetworkAccessType"))),
        "AWS::SageMaker::UserProfile" => Some((Place::Studio, told("UserProfileName"))),
        "AWS::SageMaker::Space" => Some((Place::Studio, told("SpaceName"))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stacks::Manifest;
    use crate::stacks::parameters::{Given, known_values};

    #[test]
    fn the_built_in_set_has_everything_of_a_closed_studio() {
        let manifest = Manifest::embedded().unwrap();
        let source = |entry| {
            let mut values = known_values(&manifest, &Given::default(), "demo", entry, None);
            values.insert("AWS::Region".to_owned(), "eu-west-1".to_owned());
            Source {
                template: entry.template.clone(),
                values,
                ids: BTreeMap::new(),
            }
        };
        let sources: Vec<Source> = manifest.stacks.iter().map(source).collect();
        let people = ["default-user", "ann"].map(|name| Person {
            name: name.to_owned(),
            spaces: vec![format!("lab-of-{name}")],
        });
        let diagram = diagram("demo".to_owned(), &sources, &people);
        let count = |place: Place| diagram.parts.get(&place).map_or(0, Vec::len);
        assert_eq!((count(Place::Vpc), count(Place::Subnet)), (1, 2));
        assert!(count(Place::Interface) >= 8 && count(Place::Gateway) == 1);
        assert!(count(Place::Group) >= 1 && count(Place::Studio) >= 2);
        let told = text(&diagram);
        assert!(
            told.contains("sagemaker.api") && told.contains("Studio"),
            "{told}"
        );
        for known in ["10.0.0.0/16", "default-user", "com.amazonaws.eu-west-1.sts"] {
            assert!(told.contains(known), "{known}: {told}");
        }
        // Neither names in place of values, nor what a condition leaves out.
        for unknown in ["REGION", "VpcCidr", "UserProfileName", "servicecatalog"] {
            assert!(!told.contains(unknown), "{unknown}: {told}");
        }
        // Who is in a template is no second person.
        assert_eq!(told.matches("  ann  user profile").count(), 1, "{told}");
        assert!(!told.contains("default-user  user profile"), "{told}");
        assert!(told.contains("lab-of-ann  space of ann"), "{told}");
        let picture = svg(&diagram);
        assert!(picture.starts_with("<svg") && picture.ends_with("</svg>\n"));
        assert_eq!(
            picture.matches("<text").count(),
            picture.matches("</text>").count()
        );
    }
}
