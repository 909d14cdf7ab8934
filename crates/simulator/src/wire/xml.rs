//! A small XML tree, written by quick-xml.

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Whether XML 1.0 has a form for every character of the text.
pub fn can_carry(text: &str) -> bool {
    let allowed = |letter: char| {
        matches!(letter, '\t' | '\n' | '\r')
            || (letter >= ' ' && !matches!(letter, '\u{fffe}' | '\u{ffff}'))
    };
    text.chars().all(allowed)
}

/// An element with text or children.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    text: Option<String>,
    children: Vec<Element>,
}

impl Element {
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            attributes: Vec::new(),
            text: None,
            children: Vec::new(),
        }
    }

    /// `<name>value</name>`.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "callers give texts, numbers and flags, owned or borrowed"
    )]
    pub fn text(name: &str, value: impl ToString) -> Self {
        Self {
            text: Some(value.to_string()),
            ..Self::new(name)
        }
    }

    /// `<name>value</name>`, or nothing where there is no value.
    pub fn optional(name: &str, value: Option<&(impl ToString + ?Sized)>) -> Option<Self> {
        value.map(|value| Self::text(name, value.to_string()))
    }

    /// `<name><item>…</item><item>…</item></name>`; the wrapping item is `item` in ec2 and `member` in query.
    pub fn list(name: &str, item: &str, items: impl IntoIterator<Item = Vec<Element>>) -> Self {
        Self::new(name).children(
            items
                .into_iter()
                .map(|members| Self::new(item).children(members)),
        )
    }

    /// A list of texts.
    pub fn texts(name: &str, item: &str, values: impl IntoIterator<Item = impl ToString>) -> Self {
        Self::new(name).children(values.into_iter().map(|value| Self::text(item, value)))
    }

    #[must_use]
    pub fn attribute(mut self, name: &str, value: &str) -> Self {
        self.attributes.push((name.to_owned(), value.to_owned()));
        self
    }

    #[must_use]
    pub fn child(mut self, child: Element) -> Self {
        self.children.push(child);
        self
    }

    #[must_use]
    pub fn children(mut self, children: impl IntoIterator<Item = Element>) -> Self {
        self.children.extend(children);
        self
    }

    /// Name and content as a tree: a list where every child is an `item` or a `member`, else texts and structures.
    pub fn tree(&self) -> (String, Value) {
        let is_item = |child: &Element| child.name == "item" || child.name == "member";
        let children = || self.children.iter().map(Element::tree);
        let content = match &self.text {
            Some(text) => Value::String(text.clone()),
            None if !self.children.is_empty() && self.children.iter().all(is_item) => {
                children().map(|(_, item)| item).collect()
            }
            None => Value::Object(children().collect()),
        };
        (self.name.clone(), content)
    }

    /// The whole document in UTF-8.
    pub fn document(&self) -> Vec<u8> {
        let mut writer = Writer::new(Vec::new());
        let declared = writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
        // Writing into memory cannot fail; an empty document would be noticed by every client.
        if declared.and_then(|()| self.write(&mut writer)).is_err() {
            return Vec::new();
        }
        writer.into_inner()
    }

    fn write(&self, writer: &mut Writer<Vec<u8>>) -> std::io::Result<()> {
        let mut start = BytesStart::new(self.name.as_str());
        for (name, value) in &self.attributes {
            start.push_attribute((name.as_str(), value.as_str()));
        }
        writer.write_event(Event::Start(start))?;
        if let Some(text) = &self.text {
            writer.write_event(Event::Text(BytesText::new(text)))?;
        }
        for child in &self.children {
            child.write(writer)?;
        }
        writer.write_event(Event::End(BytesEnd::new(self.name.as_str())))
    }
}
