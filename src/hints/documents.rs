//! The catalogue for readers: one hint in full, and all of them as a document.

use super::names::in_capitals;
use super::{ALL, Hint};

/// One hint in full, as `explain` prints it.
pub fn long(hint: &Hint) -> String {
    let next: String = hint
        .next
        .iter()
        .map(|line| format!("  {}\n", in_capitals(line)))
        .collect();
    format!(
        "{}: {}\n\n{}\n\nNext:\n{next}\nRecognised by: {}\nAWS: {}",
        hint.id,
        in_capitals(hint.summary),
        told(hint),
        recognised(hint),
        hint.page
    )
}

/// What it means, and what to do as far as that is no command.
fn told(hint: &Hint) -> String {
    if hint.cure.is_empty() {
        return hint.meaning.to_owned();
    }
    format!("{} {}.", hint.meaning, capital(&in_capitals(hint.cure)))
}

fn recognised(hint: &Hint) -> String {
    if hint.when.is_empty() {
        return "what the tool itself finds".to_owned();
    }
    let ways = hint.when.iter().map(|when| {
        let codes = if when.codes.is_empty() {
            "any code".to_owned()
        } else {
            when.codes
                .join(", ")
                .replace("handler:", "HandlerErrorCode ")
        };
        let texts: Vec<String> = when.texts.iter().map(|text| format!("“{text}”")).collect();
        if texts.is_empty() {
            codes
        } else {
            format!("{codes} with {}", texts.join(" and "))
        }
    });
    ways.collect::<Vec<_>>().join("; ")
}

/// All of them, for `docs/hints.md`.
pub fn markdown() -> String {
    let mut text = "# Hints\n\nWhat `jumpstart-vpc` says about failures that it knows. `jumpstart-vpc explain ID` prints one of these; words in\n\
                    capitals are filled in where the failure names them. This file is generated from `src/hints/catalogue.rs`.\n"
        .to_owned();
    for hint in ALL {
        let next: Vec<String> = hint.next.iter().map(|line| in_capitals(line)).collect();
        text.push_str(&format!(
            "\n## {}\n\n{}.\n\n{}\n\n```text\n{}\n```\n\nRecognised by: {}. [AWS]({})\n",
            hint.id,
            capital(&in_capitals(hint.summary)),
            told(hint),
            next.join("\n"),
            recognised(hint),
            hint.page
        ));
    }
    text
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().collect::<String>() + letters.as_str()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_is_the_catalogues() {
        let path = "docs/hints.md";
        if std::env::vars().any(|(key, _)| key == "UPDATE_DOCUMENTS") {
            std::fs::write(path, markdown()).unwrap();
        }
        assert_eq!(
            std::fs::read_to_string(path).unwrap_or_default(),
            markdown(),
            "UPDATE_DOCUMENTS=1 cargo test --workspace --lib writes it anew"
        );
    }
}
