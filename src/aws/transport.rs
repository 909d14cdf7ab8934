//! The HTTP client: trust store, proxies, and none of either for a plain loopback endpoint.

use std::path::Path;

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, Connector, ConnectorBuilder};
use aws_smithy_runtime_api::client::http::{HttpConnectorSettings, SharedHttpClient};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// Why there is no HTTP client.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    #[error("cannot read the certificates of {path}: {source}")]
    Unreadable {
        path: String,
        source: std::io::Error,
    },
    #[error("{path} holds no usable certificates: {message}")]
    Unusable { path: String, message: String },
}

/// Reads the certificates as the client will: it takes for granted that each of them can be.
fn check(pem: &[u8]) -> Result<(), String> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|problem| format!("{problem}"))?;
        roots
            .add(certificate)
            .map_err(|problem| format!("{problem}"))?;
    }
    if roots.is_empty() {
        return Err("there is no PEM certificate in it".to_owned());
    }
    Ok(())
}

/// Connections to a host that are kept for calls to come: each has as much memory as the largest answer took.
const IDLE: usize = 4;

/// What every connector has in common.
fn connector(
    settings: Option<&HttpConnectorSettings>,
    components: Option<&RuntimeComponents>,
) -> ConnectorBuilder {
    let mut connector = Connector::builder().pool_max_idle_per_host(IDLE);
    connector.set_connector_settings(settings.cloned());
    if let Some(components) = components {
        connector.set_sleep_impl(components.sleep_impl());
    }
    connector
}

/// A client for a plain HTTP endpoint on loopback: no TLS, no proxy.
pub fn loopback() -> SharedHttpClient {
    Builder::new().build_with_connector_fn(|settings, components| {
        connector(settings, components).build_http()
    })
}

/// A client for AWS: TLS by rustls, native roots and, where given, the certificates of a CA bundle; proxies as
/// `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` say.
///
/// # Errors
/// Where the bundle cannot be used.
pub fn aws(ca_bundle: Option<&Path>) -> Result<SharedHttpClient, TransportError> {
    let mut store = TrustStore::default();
    if let Some(path) = ca_bundle {
        let shown = path.display().to_string();
        let pem = std::fs::read(path).map_err(|source| TransportError::Unreadable {
            path: shown.clone(),
            source,
        })?;
        check(&pem).map_err(|message| TransportError::Unusable {
            path: shown,
            message,
        })?;
        store = store.with_pem_certificate(pem);
    }
    let bundle = ca_bundle.map_or_else(String::new, |path| path.display().to_string());
    let context = TlsContext::builder()
        .with_trust_store(store)
        .build()
        .map_err(|error| TransportError::Unusable {
            path: bundle,
            message: error.to_string(),
        })?;
    let client = Builder::new().build_with_connector_fn(move |settings, components| {
        connector(settings, components)
            .proxy_config(ProxyConfig::from_env())
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .tls_context(context.clone())
            .build()
    });
    Ok(client)
}
