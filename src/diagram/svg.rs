//! The picture as SVG: a frame for the VPC, a column for the subnets with what runs in them, and one for the endpoints.

use std::fmt::Write;

use super::{Diagram, Part, Place};

const WIDTH: usize = 1120;
const COLUMN: usize = 500;
const ROW: usize = 20;
const PAD: usize = 16;

const STYLE: &str = "text{font:13px system-ui,sans-serif;fill:#1b1f24}.h{font-weight:600}.d{fill:#57606a}\
    .vpc{fill:#f6f8fa;stroke:#57606a}.box{fill:#fff;stroke:#54aeff}.studio{stroke:#bc4c00}\
    @media (prefers-color-scheme:dark){text{fill:#e6edf3}.d{fill:#9198a1}.vpc{fill:#151b23}.box{fill:#0d1117}}";

/// One picture, with no reference to anything outside it.
pub fn svg(diagram: &Diagram) -> String {
    let left = [Place::Studio, Place::Subnet, Place::Group];
    let right = [Place::Gateway, Place::Interface];
    let mut boxes = String::new();
    let mut height = 0;
    for (column, places) in [(0, left.as_slice()), (1, right.as_slice())] {
        let mut y = 84;
        for place in places {
            let parts = diagram.parts.get(place).map_or(&[][..], Vec::as_slice);
            if !parts.is_empty() {
                boxes.push_str(&frame(
                    *place,
                    parts,
                    2 * PAD + column * (COLUMN + 2 * PAD),
                    y,
                ));
                y += frame_height(parts) + PAD;
            }
        }
        height = height.max(y);
    }
    let vpc = diagram
        .parts
        .get(&Place::Vpc)
        .map_or(&[][..], Vec::as_slice);
    let vpc: Vec<String> = vpc.iter().map(Part::words).collect();
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {total}\" role=\"img\" aria-label=\"{title}\">\n\
         <style>{STYLE}</style>\n<text class=\"h\" x=\"{PAD}\" y=\"24\">{title}</text>\n\
         <rect class=\"vpc\" x=\"{PAD}\" y=\"40\" width=\"{wide}\" height=\"{tall}\" rx=\"8\"/>\n\
         <text class=\"h\" x=\"{inner}\" y=\"66\">VPC {vpc}</text>\n{boxes}</svg>\n",
        total = height + 2 * PAD,
        title = escape(&diagram.title),
        wide = WIDTH - 2 * PAD,
        tall = height - 40,
        inner = 2 * PAD,
        vpc = escape(&vpc.join(", "))
    )
}

fn frame_height(parts: &[Part]) -> usize {
    ROW * (parts.len() + 1) + PAD
}

fn frame(place: Place, parts: &[Part], x: usize, y: usize) -> String {
    let class = if place == Place::Studio {
        "box studio"
    } else {
        "box"
    };
    let mut frame = format!(
        "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{COLUMN}\" height=\"{}\" rx=\"6\"/>\n\
         <text class=\"h\" x=\"{}\" y=\"{}\">{}</text>\n",
        frame_height(parts),
        x + PAD,
        y + 22,
        place.words()
    );
    for (at, part) in parts.iter().enumerate() {
        // Writing into a string does not fail.
        writeln!(
            frame,
            "<text class=\"d\" x=\"{}\" y=\"{}\">{}</text>",
            x + PAD,
            y + 22 + ROW * (at + 1),
            escape(&short(&part.words()))
        )
        .unwrap_or_default();
    }
    frame
}

/// As much as fits into a frame.
fn short(text: &str) -> String {
    const LONGEST: usize = 68;
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let start: String = text.chars().take(LONGEST - 1).collect();
    start + "…"
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
