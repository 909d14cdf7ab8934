//! Client tokens: the same request again is answered as the first was, another one is refused (section 3.5).

use serde::{Deserialize, Serialize};

use super::stack::Stack;
use crate::draw;
use crate::error::ServiceError;
use crate::wire::Input;

/// A client's token, and the request that it came with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Token {
    pub text: String,
    /// Hash of the request.
    request: String,
}

/// What a token was used for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Used {
    what: String,
    request: String,
    operation: String,
}

impl Token {
    /// # Errors
    /// `ValidationError` where it is not of the form that section 3.6 tells.
    pub(super) fn read(given: Option<String>, input: &Input) -> Result<Option<Self>, ServiceError> {
        let Some(text) = given else {
            return Ok(None);
        };
        let letters = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if !(1..=128).contains(&text.len()) || text.starts_with('-') || !text.bytes().all(letters) {
            return Err(ServiceError::new(
                "ValidationError",
                format!(
                    "1 validation error detected: Value '{text}' at 'clientRequestToken' failed to satisfy constraint: Member must have length less than or equal to 128 and satisfy regular expression pattern: [a-zA-Z0-9][-a-zA-Z0-9]*"
                ),
            ));
        }
        let request = draw::hex(0, &["request", &input.value.to_string()], 64);
        Ok(Some(Self { text, request }))
    }
}

/// The operation that a request with this token began, if it was sent before.
///
/// # Errors
/// `TokenAlreadyExistsException` where the token was used for another request.
pub(super) fn seen(
    stack: &Stack,
    token: Option<&Token>,
    what: &str,
) -> Result<Option<String>, ServiceError> {
    let Some(token) = token else {
        return Ok(None);
    };
    match stack.tokens.get(&token.text) {
        None => Ok(None),
        Some(used) if used.what == what && used.request == token.request => {
            Ok(Some(used.operation.clone()))
        }
        Some(_) => Err(ServiceError::new(
            "TokenAlreadyExistsException",
            format!(
                "Invalid operation: the client request token {} has been used already",
                token.text
            ),
        )),
    }
}

/// Notes an operation, and the token that it was asked for with.
pub(super) fn remember(stack: &mut Stack, what: &str, operation: &str, token: Option<Token>) {
    let begun = (what.to_owned(), operation.to_owned());
    stack.operations.insert(0, begun);
    note(stack, what, operation, token);
}

/// Notes what a token was used for, where there is one.
pub(super) fn note(stack: &mut Stack, what: &str, operation: &str, token: Option<Token>) {
    if let Some(Token { text, request }) = token {
        let used = Used {
            what: what.to_owned(),
            request,
            operation: operation.to_owned(),
        };
        stack.tokens.insert(text, used);
    }
}
