//! The SDK's way to the simulator without a socket: drops, kills and forks are exact here.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use simulator::http::Shell;
use simulator::{Request, Response};

/// Counts writing calls, and lets a client die at one of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gate {
    calls: Arc<AtomicU64>,
    /// The call at which the client dies; 0 for never.
    fatal: Arc<AtomicU64>,
    /// Whether the fatal call still has its effect.
    with_effect: bool,
    died: Arc<tokio::sync::Notify>,
}

impl Gate {
    /// A client that dies at its n-th call.
    pub(crate) fn fatal(nth: u64, with_effect: bool) -> Self {
        Self {
            fatal: Arc::new(AtomicU64::new(nth)),
            with_effect,
            ..Self::default()
        }
    }

    /// Ready when the client has died.
    pub(crate) async fn died(&self) {
        self.died.notified().await;
    }
}

#[derive(Clone, Debug)]
pub(crate) struct InProcess {
    shell: Shell,
    gate: Gate,
}

impl InProcess {
    pub(crate) fn new(shell: Shell, gate: Gate) -> Self {
        Self { shell, gate }
    }

    pub(crate) fn client(self) -> SharedHttpClient {
        SharedHttpClient::new(self)
    }
}

impl HttpClient for InProcess {
    fn http_connector(
        &self,
        _settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for InProcess {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Self { shell, gate } = self.clone();
        HttpConnectorFuture::new(async move {
            let call = gate.calls.fetch_add(1, Ordering::SeqCst) + 1;
            let fatal = gate.fatal.load(Ordering::SeqCst);
            if fatal != 0 && call >= fatal {
                if call == fatal && gate.with_effect {
                    // The answer is never read.
                    let effect = shell.answer(understood(&request));
                    drop(effect.await);
                }
                gate.died.notify_one();
                std::future::pending::<()>().await;
            }
            match shell.answer(understood(&request)).await {
                Ok(response) => Ok(rendered(response)),
                Err(dropped) => Err(ConnectorError::io(Box::new(dropped))),
            }
        })
    }
}

fn understood(request: &HttpRequest) -> Request {
    let uri = request.uri();
    let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    let path_and_query = rest.find('/').map_or("/", |at| &rest[at..]);
    let (path, query) = path_and_query
        .split_once('?')
        .unwrap_or((path_and_query, ""));
    Request {
        method: request.method().to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: request
            .headers()
            .iter()
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect(),
        body: request.body().bytes().unwrap_or_default().to_vec(),
    }
}

fn rendered(response: Response) -> HttpResponse {
    let mut rendered = HttpResponse::new(
        response.status.try_into().unwrap(),
        SdkBody::from(response.body),
    );
    for (name, value) in response.headers {
        rendered.headers_mut().insert(name, value);
    }
    rendered
}
