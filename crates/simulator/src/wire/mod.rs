//! AWS's protocols: from an HTTP request to an operation and its input, and back.

pub(crate) mod constraints;
pub mod input;
pub mod json;
pub mod page;
pub mod query;
pub mod tags;
pub mod xml;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use input::Input;
pub use xml::Element;

/// An HTTP request, as far as AWS's protocols look at it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Request {
    pub method: String,
    pub path: String,
    /// Query string without the question mark.
    pub query: String,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Request {
    /// The value of a header, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// An HTTP response.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Response {
    pub fn new(status: u16, content_type: &str, body: Vec<u8>) -> Self {
        Self {
            status,
            headers: vec![("content-type".to_owned(), content_type.to_owned())],
            body,
        }
    }

    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// What an operation gives back, before its protocol renders it.
#[derive(Clone, Debug)]
pub enum Output {
    /// Members of the result element (query, ec2).
    Xml(Vec<Element>),
    /// Body of a JSON protocol.
    Json(serde_json::Value),
    /// No body, with this status (rest-json).
    Empty(u16),
    /// Body with a status other than 200 (rest-json).
    Created(serde_json::Value),
}

/// Decodes `application/x-www-form-urlencoded` pairs, in order.
pub(crate) fn form(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
        .collect()
}

/// Encodes a text for a form, for tests that send one.
#[cfg(test)]
pub(crate) fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

/// Decodes `%XX` and `+`.
pub(crate) fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = (bytes[at] == b'%')
            .then(|| bytes.get(at + 1..at + 3))
            .flatten()
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        if let Some(byte) = escaped {
            decoded.push(byte);
            at += 3;
        } else {
            decoded.push(if bytes[at] == b'+' { b' ' } else { bytes[at] });
            at += 1;
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_decoded() {
        let pairs = form("Action=CreateStack&StackName=a%2Db+c&Empty=");
        assert_eq!(pairs[1], ("StackName".to_owned(), "a-b c".to_owned()));
        assert_eq!(pairs[2], ("Empty".to_owned(), String::new()));
    }
}
