//! Somebody who makes ordinary calls on a simulated world, in AWS's own protocols.

use std::time::Duration;

use serde_json::Value;
use simulator::Request;
use simulator::http::Shell;

use super::{ENVIRONMENT, Life};

/// A person by the name of his access key.
pub(crate) struct Hand<'a> {
    pub shell: &'a Shell,
    pub name: &'static str,
}

impl Hand<'_> {
    async fn send(&self, request: Request) -> String {
        let what = format!(
            "{} {}",
            request.path,
            String::from_utf8_lossy(&request.body)
        );
        let (status, text) = self.ask(request).await;
        assert!(status < 300, "{what}: {text}");
        text
    }

    /// Status and body of an answer.
    async fn ask(&self, mut request: Request) -> (u16, String) {
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={}/20260105/us-east-1/x/aws4_request",
            self.name
        );
        request
            .headers
            .insert("authorization".to_owned(), authorization);
        let answer = self.shell.answer(request).await.unwrap();
        (answer.status, String::from_utf8(answer.body).unwrap())
    }

    /// A call of SageMaker: `CreateSpace` with its members.
    pub(crate) async fn sagemaker(&self, operation: &str, input: Value) -> Value {
        self.json(&format!("SageMaker.{operation}"), input).await
    }

    /// Whether SageMaker takes a call; no other call of a hand may be refused.
    pub(crate) async fn may(&self, operation: &str, input: &Value) -> bool {
        let request = spoken(&format!("SageMaker.{operation}"), input);
        let (status, _) = self.ask(request).await;
        status < 300
    }

    /// A call of a service that speaks JSON, by its target.
    pub(crate) async fn json(&self, target: &str, input: Value) -> Value {
        let text = self.send(spoken(target, &input)).await;
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    /// A call of a service that speaks forms: `Action` and its version, then members. Gives the text of one element.
    pub(crate) async fn form(
        &self,
        (action, version): (&str, &str),
        members: &[(&str, &str)],
        element: &str,
    ) -> String {
        let mut form = format!("Action={action}&Version={version}");
        for (key, value) in members {
            form.push_str(&format!("&{key}={}", encoded(value)));
        }
        let text = self
            .send(Request {
                method: "POST".into(),
                path: "/".into(),
                body: form.into_bytes(),
                ..Request::default()
            })
            .await;
        let start = format!("<{element}>");
        let found = text.split(&start).nth(1);
        found
            .and_then(|rest| rest.split('<').next())
            .unwrap_or_default()
            .to_owned()
    }

    pub(crate) async fn ec2(
        &self,
        action: &str,
        members: &[(&str, &str)],
        element: &str,
    ) -> String {
        self.form((action, "2016-11-15"), members, element).await
    }

    pub(crate) async fn iam(
        &self,
        action: &str,
        members: &[(&str, &str)],
        element: &str,
    ) -> String {
        self.form((action, "2010-05-08"), members, element).await
    }

    pub(crate) async fn cloudformation(&self, action: &str, members: &[(&str, &str)]) -> String {
        self.form((action, "2010-05-15"), members, "StackId").await
    }

    /// A call of Elastic File System.
    pub(crate) async fn efs(&self, method: &str, path: &str, input: Option<Value>) -> String {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        self.send(Request {
            method: method.into(),
            path: format!("/2015-02-01/{path}"),
            query: query.to_owned(),
            body: input
                .map(|input| input.to_string().into_bytes())
                .unwrap_or_default(),
            ..Request::default()
        })
        .await
    }
}

/// A request to a service that speaks JSON, by its target.
fn spoken(target: &str, input: &Value) -> Request {
    Request {
        method: "POST".into(),
        path: "/".into(),
        headers: [
            ("x-amz-target".to_owned(), target.to_owned()),
            (
                "content-type".to_owned(),
                "application/x-amz-json-1.1".to_owned(),
            ),
        ]
        .into(),
        body: input.to_string().into_bytes(),
        ..Request::default()
    }
}

/// Ann, at work by hand in her own account.
pub(crate) fn hand(life: &Life) -> Hand<'_> {
    Hand {
        shell: &life.shell,
        name: "ann",
    }
}

/// Carl, at work in the same account: what he makes is not ours.
pub(crate) fn carl(life: &Life) -> Hand<'_> {
    Hand {
        shell: &life.shell,
        name: "carl",
    }
}

/// The ids of what is there of a kind.
pub(crate) fn ids(life: &Life, kind: &str) -> Vec<String> {
    let rows = life.rows().into_values();
    rows.filter(|row| row.kind == kind)
        .map(|row| row.id)
        .collect()
}

/// Lets simulated time pass.
pub(crate) async fn rest(life: &Life, seconds: u64) {
    let cx = life.context().await;
    cx.clock.sleep(Duration::from_secs(seconds)).await;
    // A world is where its last look left it once its runtime is gone.
    life.shell.snapshot();
}

/// Somebody changes a stack of the environment to a template and to these values; the others stay.
pub(crate) async fn update_stack(life: &Life, key: &str, template: &str, given: &[(&str, &str)]) {
    let stack = format!("{ENVIRONMENT}-{key}");
    let found = life.context().await.aws.stack(&stack).await.unwrap();
    let mut members = vec![
        ("StackName".to_owned(), stack),
        ("TemplateBody".to_owned(), template.to_owned()),
        (
            "Capabilities.member.1".to_owned(),
            "CAPABILITY_IAM".to_owned(),
        ),
    ];
    for (number, name) in (1..).zip(found.unwrap().parameters.into_keys()) {
        let member = format!("Parameters.member.{number}");
        let value = given.iter().find(|(changed, _)| *changed == name);
        members.push(value.map_or_else(
            || (format!("{member}.UsePreviousValue"), "true".to_owned()),
            |(_, value)| (format!("{member}.ParameterValue"), (*value).to_owned()),
        ));
        members.push((format!("{member}.ParameterKey"), name));
    }
    let members: Vec<(&str, &str)> = members
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    hand(life).cloudformation("UpdateStack", &members).await;
}

fn encoded(text: &str) -> String {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes()
        .map(|byte| {
            if unreserved(byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}
