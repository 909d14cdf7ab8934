//! How AWS is reached: certificates of one's own, and proxies.

use std::process::Command;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::support::process::{Ended, Folder, Simulator, TOOL, command};

/// The name and the address that the certificate in `tests/certificates` is for.
const NAME: &str = "aws.simulated";
const CERTIFICATE: &str = include_str!("../certificates/server.pem");
const KEY: &str = include_str!("../certificates/server.key");

fn authority() -> std::path::PathBuf {
    std::path::absolute("tests/certificates/authority.pem").unwrap()
}

/// Something that listens on a port of this machine's as long as the tests run.
pub(crate) fn serve<F: Future<Output = ()>>(each: impl Fn(TcpStream) -> F + Send + 'static) -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let set = tokio::task::LocalSet::new();
        runtime.block_on(set.run_until(async move {
            let listener = TcpListener::from_std(listener).unwrap();
            let mut open = futures_util::stream::FuturesUnordered::new();
            loop {
                tokio::select! {
                    biased;
                    accepted = listener.accept() => open.push(each(accepted.unwrap().0)),
                    Some(()) = futures_util::StreamExt::next(&mut open) => {}
                }
            }
        }));
    });
    port
}

/// TLS in front of a simulator.
fn behind_tls(simulator: &Simulator) -> u16 {
    let chain = CertificateDer::pem_slice_iter(CERTIFICATE.as_bytes());
    let key = PrivateKeyDer::from_pem_slice(KEY.as_bytes()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain.map(Result::unwrap).collect(), key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let address = simulator.url.strip_prefix("http://").unwrap().to_owned();
    serve(move |stream| {
        let (acceptor, address) = (acceptor.clone(), address.clone());
        async move {
            // A client that does not trust the certificate goes away here.
            let Ok(mut plain) = acceptor.accept(stream).await else {
                return;
            };
            let mut behind = TcpStream::connect(address).await.unwrap();
            copy_bidirectional(&mut plain, &mut behind).await.ok();
        }
    })
}

/// A proxy that leads every tunnel to one port, and keeps what it was asked for.
fn proxy(to: u16) -> (u16, Arc<Mutex<Vec<String>>>) {
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let kept = Arc::clone(&asked);
    let port = serve(move |stream| {
        let kept = Arc::clone(&kept);
        async move {
            let mut stream = BufReader::new(stream);
            let mut first = String::new();
            stream.read_line(&mut first).await.unwrap();
            kept.lock().unwrap().push(first.trim().to_owned());
            let mut line = first;
            while line != "\r\n" {
                line.clear();
                stream.read_line(&mut line).await.unwrap();
            }
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
            let mut behind = TcpStream::connect(("127.0.0.1", to)).await.unwrap();
            copy_bidirectional(&mut stream, &mut behind).await.ok();
        }
    });
    (port, asked)
}

fn planned(mut command: Command) -> Ended {
    let arguments = ["plan", "up", "--no-preflight", "--timeout", "20s"];
    Ended::of(command.args(arguments).output().unwrap())
}

#[test]
fn a_server_is_trusted_by_the_bundle_that_was_named() {
    let simulator = Simulator::start(&["--speed", "300"]);
    let url = format!("https://127.0.0.1:{}", behind_tls(&simulator));
    let mut by_variable = command(TOOL, &url);
    by_variable.env("AWS_CA_BUNDLE", authority());
    planned(by_variable).succeeded();
    // A profile may name it too, as for the AWS CLI; the variable comes first.
    let folder = Folder::new("bundles");
    let profiles = format!("[profile own]\nca_bundle = {}\n", authority().display());
    let config = folder.write("config", &profiles);
    let of_profile = || {
        let mut command = command(TOOL, &url);
        command
            .env("AWS_CONFIG_FILE", &config)
            .env("AWS_PROFILE", "own");
        command
    };
    planned(of_profile()).succeeded();
    let mut absent = of_profile();
    absent.env("AWS_CA_BUNDLE", "/nonexistent/bundle.pem");
    let ended = planned(absent);
    assert_eq!(ended.code, Some(2), "{}", ended.err);
    assert!(
        ended.err.contains("/nonexistent/bundle.pem"),
        "{}",
        ended.err
    );
    // Without it the server is nobody's.
    let ended = planned(command(TOOL, &url));
    assert_eq!(ended.code, Some(3), "{}", ended.err);
}

#[test]
fn a_bundle_that_cannot_be_read_is_named_before_any_call() {
    let folder = Folder::new("corrupt");
    let good = std::fs::read_to_string(authority()).unwrap();
    let half: String = good.chars().take(good.len() / 2).collect();
    let block =
        |inner: &str| format!("-----BEGIN CERTIFICATE-----\n{inner}\n-----END CERTIFICATE-----\n");
    for (name, text) in [
        ("empty", String::new()),
        ("prose", "no certificate at all\n".to_owned()),
        ("cut", half),
        ("no-base64", block("!!!!")),
        ("no-certificate", block("aGVsbG8=")),
        ("one-of-two", format!("{good}{}", block("aGVsbG8="))),
    ] {
        let bundle = folder.write(name, &text);
        let mut command = command(TOOL, "https://127.0.0.1:9");
        command.env("AWS_CA_BUNDLE", &bundle);
        let ended = planned(command);
        assert_eq!(ended.code, Some(2), "{name}: {}", ended.err);
        let shown = bundle.display().to_string();
        assert!(ended.err.contains(&shown), "{name}: {}", ended.err);
        assert!(!ended.err.contains("panicked"), "{name}: {}", ended.err);
        assert_eq!(ended.out, "", "{name}");
    }
}

#[test]
fn a_proxy_is_asked_for_a_tunnel_and_left_aside_where_it_is_told_so() {
    let simulator = Simulator::start(&["--speed", "300"]);
    let tls = behind_tls(&simulator);
    let (port, asked) = proxy(tls);
    let through = |url: &str| {
        let mut command = command(TOOL, url);
        command
            .env("AWS_CA_BUNDLE", authority())
            .env("HTTPS_PROXY", format!("http://127.0.0.1:{port}"));
        command
    };
    planned(through(&format!("https://{NAME}"))).succeeded();
    let tunnel = format!("CONNECT {NAME}:443 HTTP/1.1");
    let seen = std::mem::take(&mut *asked.lock().unwrap());
    assert!(
        !seen.is_empty() && seen.iter().all(|line| *line == tunnel),
        "{seen:?}"
    );
    let mut aside = through(&format!("https://127.0.0.1:{tls}"));
    aside.env("NO_PROXY", "127.0.0.1");
    planned(aside).succeeded();
    assert_eq!(*asked.lock().unwrap(), Vec::<String>::new());
}
