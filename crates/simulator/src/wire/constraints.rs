//! Constraints of single members, in the words with which AWS's services refuse them before they look any further.

fn problem(value: &str, member: &str, constraint: &str) -> String {
    format!(
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: Member must {constraint}"
    )
}

/// A text of so many letters.
pub(crate) fn length(member: &str, text: &str, least: usize, most: usize) -> Result<(), String> {
    let letters = text.chars().count();
    if letters < least {
        let constraint = format!("have length greater than or equal to {least}");
        Err(problem(text, member, &constraint))
    } else if letters > most {
        let constraint = format!("have length less than or equal to {most}");
        Err(problem(text, member, &constraint))
    } else {
        Ok(())
    }
}

/// A text of certain letters only; `pattern` is how the model writes it.
pub(crate) fn letters(
    member: &str,
    text: &str,
    pattern: &str,
    allowed: impl Fn(char) -> bool,
) -> Result<(), String> {
    if text.chars().all(allowed) {
        return Ok(());
    }
    let constraint = format!("satisfy regular expression pattern: {pattern}");
    Err(problem(text, member, &constraint))
}

/// A number within bounds.
pub(crate) fn within(member: &str, number: i64, least: i64, most: i64) -> Result<(), String> {
    let value = number.to_string();
    if number < least {
        let constraint = format!("have value greater than or equal to {least}");
        Err(problem(&value, member, &constraint))
    } else if number > most {
        let constraint = format!("have value less than or equal to {most}");
        Err(problem(&value, member, &constraint))
    } else {
        Ok(())
    }
}

/// A list or a map of so many items.
pub(crate) fn count(member: &str, items: usize, least: usize, most: usize) -> Result<(), String> {
    if (least..=most).contains(&items) {
        return Ok(());
    }
    let bound = if items < least {
        format!("greater than or equal to {least}")
    } else {
        format!("less than or equal to {most}")
    };
    Err(format!(
        "1 validation error detected: Value at '{member}' failed to satisfy constraint: Member must have length {bound}"
    ))
}

/// A value of an enumeration.
pub(crate) fn one_of(member: &str, value: &str, known: &[&str]) -> Result<(), String> {
    if known.contains(&value) {
        return Ok(());
    }
    let constraint = format!("satisfy enum value set: [{}]", known.join(", "));
    Err(problem(value, member, &constraint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_named_with_its_bound() {
        let problems = [
            length("name", "", 1, 3),
            length("name", "abcd", 1, 3),
            letters("name", "a*", "[a]*", |letter| letter == 'a'),
            within("limit", 0, 1, 50),
            within("limit", 51, 1, 50),
            count("list", 0, 1, 2),
            count("list", 3, 1, 2),
            one_of("kind", "x", &["a", "b"]),
        ];
        let bounds = [
            "greater than or equal to 1",
            "less than or equal to 3",
            "pattern: [a]*",
            "greater than or equal to 1",
            "less than or equal to 50",
            "greater than or equal to 1",
            "less than or equal to 2",
            "[a, b]",
        ];
        for (problem, bound) in problems.into_iter().zip(bounds) {
            assert!(problem.unwrap_err().contains(bound), "{bound}");
        }
        assert_eq!(length("name", "abc", 1, 3), Ok(()));
    }
}
