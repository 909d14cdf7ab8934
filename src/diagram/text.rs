//! The picture as lines of text.

use std::fmt::Write;

use super::{Diagram, Place};

/// A tree: the VPC, and what is in it.
pub fn text(diagram: &Diagram) -> String {
    let mut text = format!("{}\n", diagram.title);
    for (place, parts) in &diagram.parts {
        let (heading, line) = match place {
            Place::Vpc => ("", "VPC "),
            Place::Subnet | Place::Group | Place::Gateway | Place::Interface | Place::Studio => {
                (place.words(), "    ")
            }
        };
        if !heading.is_empty() {
            text.push_str(&format!("  {heading}\n"));
        }
        for part in parts {
            // Writing into a string does not fail.
            writeln!(text, "{line}{}", part.words()).unwrap_or_default();
        }
    }
    text
}
