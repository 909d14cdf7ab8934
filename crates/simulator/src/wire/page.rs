//! Pages of a list, with tokens that say where the next one begins.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::ServiceError;

/// Cuts one page out of `items`, which are in a stable order and told apart by `key`. The next page begins after the
/// last key shown, so that what is deleted or added in between shifts nothing. A token belongs to the `list` that gave it.
///
/// # Errors
/// `invalid` when the token is not one that this list gave.
pub fn page<T>(
    list: &str,
    items: Vec<T>,
    key: impl Fn(&T) -> String,
    token: Option<&str>,
    size: usize,
    invalid: impl FnOnce() -> ServiceError,
) -> Result<(Vec<T>, Option<String>), ServiceError> {
    let after = match token.filter(|token| !token.is_empty()) {
        None => None,
        Some(token) => match opened(list, token) {
            Some(key) => Some(key),
            None => return Err(invalid()),
        },
    };
    let start = match after {
        None => 0,
        // A key that has gone in between: the items are sorted by key wherever that can happen.
        Some(after) => items
            .iter()
            .position(|item| key(item) == after)
            .map_or_else(
                || {
                    items
                        .iter()
                        .position(|item| key(item) > after)
                        .unwrap_or(items.len())
                },
                |at| at + 1,
            ),
    };
    let mut rest: Vec<T> = items.into_iter().skip(start).collect();
    let more = rest.len() > size;
    rest.truncate(size);
    let next = more
        .then(|| rest.last().map(|item| sealed(list, &key(item))))
        .flatten();
    Ok((rest, next))
}

/// The token of the page after a key.
fn sealed(list: &str, key: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{list}\n{key}"))
}

/// The key that a token of the list was given for.
fn opened(list: &str, token: &str) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (of, key) = text.split_once('\n')?;
    (of == list).then(|| key.to_owned())
}

/// A text that sorts the other way round: each letter's byte is turned over, and the end sorts last.
pub(crate) fn inverted(text: &str) -> String {
    let turned = text.bytes().map(|byte| char::from(255 - byte));
    turned.chain(['\u{ff}']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inverted_texts_sort_the_other_way_round() {
        let mut names = vec!["b", "ab", "a", "abc"];
        names.sort_by_key(|name| inverted(name));
        assert_eq!(names, ["b", "abc", "ab", "a"]);
    }

    fn pages(token: Option<&str>) -> (Vec<&'static str>, Option<String>) {
        page(
            "letters",
            vec!["a", "b", "c"],
            |item| (*item).to_owned(),
            token,
            2,
            || ServiceError::new("Bad", ""),
        )
        .unwrap()
    }

    #[test]
    fn every_item_is_shown_once() {
        let (first, token) = pages(None);
        let (second, end) = pages(token.as_deref());
        assert_eq!((first, second, end), (vec!["a", "b"], vec!["c"], None));
    }

    #[test]
    fn a_token_that_the_list_did_not_give_is_refused() {
        let (_, of_letters) = pages(None);
        let made_up = URL_SAFE_NO_PAD.encode("a");
        for token in ["%", &made_up, &of_letters.unwrap()] {
            let key = |item: &&str| (*item).to_owned();
            let invalid = || ServiceError::new("Bad", "");
            let refused = page("words", vec!["a"], key, Some(token), 2, invalid);
            assert_eq!(refused.unwrap_err().code, "Bad");
        }
    }
}
