//! Pages of a list, with tokens that say where the next one begins.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::ServiceError;

/// Cuts one page out of `items`, which are in a stable order and told apart by `key`. The next page begins after the
/// last key shown, so that what is deleted or added in between shifts nothing.
///
/// # Errors
/// `invalid` when the token is not one of ours.
pub fn page<T>(
    items: Vec<T>,
    key: impl Fn(&T) -> String,
    token: Option<&str>,
    size: usize,
    invalid: impl FnOnce() -> ServiceError,
) -> Result<(Vec<T>, Option<String>), ServiceError> {
    let after = match token.filter(|token| !token.is_empty()) {
        None => None,
        Some(token) => match URL_SAFE_NO_PAD
            .decode(token)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
        {
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
        .then(|| rest.last().map(|item| URL_SAFE_NO_PAD.encode(key(item))))
        .flatten();
    Ok((rest, next))
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
    fn a_foreign_token_is_refused() {
        let refused = page(
            vec!["a"],
            |item| (*item).to_owned(),
            Some("%"),
            2,
            || ServiceError::new("Bad", ""),
        );
        assert_eq!(refused.unwrap_err().code, "Bad");
    }
}
