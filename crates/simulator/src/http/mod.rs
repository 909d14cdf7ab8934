//! The shell that lets a world live in time, and serves it over loopback HTTP.
//!
//! Simulated time is the runtime's time multiplied by the speed; on tokio's paused clock it is virtual time itself.

mod kept;

use std::future::Future;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::runtime::{self, Handle};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::acts::Invalid;
use crate::control;
use crate::numbers;
use crate::scenario::Scenario;
use crate::state::State;
use crate::time::SimTime;
use crate::wire::{Request, Response};
use crate::world::{Reply, World};

use kept::Keeper;

/// How much time can be skipped by hand in one world.
const FURTHEST: Duration = Duration::from_secs(10_000_000_000);

/// A world that lives in time. Clones share it.
#[derive(Clone)]
pub struct Shell {
    living: Arc<Mutex<Living>>,
    scenario: Arc<Scenario>,
    seed: Option<u64>,
    /// Simulated seconds in a second of the runtime.
    speed: f64,
    keeper: Option<Arc<Keeper>>,
}

impl std::fmt::Debug for Shell {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Shell")
            .field("speed", &self.speed)
            .finish_non_exhaustive()
    }
}

struct Living {
    world: World,
    /// Since when it lives in the runtime that it lives in; nothing until it is touched inside of one. The clock of a
    /// runtime is its own: outside of it, and between one and the next, the world's time stands still.
    began: Option<(runtime::Id, Instant)>,
    /// Simulated time at that instant.
    start: SimTime,
    /// Simulated time that was skipped by hand since.
    skipped: Duration,
}

impl Living {
    fn begin(world: World) -> Self {
        Self {
            start: world.now(),
            world,
            began: here_and_now(),
            skipped: Duration::ZERO,
        }
    }

    fn now(&mut self, speed: f64) -> SimTime {
        let Some((runtime, instant)) = here_and_now() else {
            return self.world.now();
        };
        let began = match self.began {
            Some((began_in, began)) if began_in == runtime => began,
            Some(_) | None => {
                self.began = Some((runtime, instant));
                self.start = self.world.now();
                self.skipped = Duration::ZERO;
                instant
            }
        };
        let passed = instant.duration_since(began).as_secs_f64() * speed;
        self.start
            .plus(numbers::duration(passed))
            .plus(self.skipped)
    }
}

/// The runtime that this is in, and its instant.
#[expect(
    clippy::disallowed_methods,
    reason = "the shell is where simulated time comes from"
)]
fn here_and_now() -> Option<(runtime::Id, Instant)> {
    let runtime = Handle::try_current().ok()?;
    Some((runtime.id(), Instant::now()))
}

impl Living {
    /// Lets time pass by hand; all that is skipped together is held to some three hundred years.
    fn skip(&mut self, seconds: f64) -> Result<(), String> {
        numbers::check_seconds("advance_seconds", seconds)?;
        let skipped = self.skipped.saturating_add(numbers::duration(seconds));
        if skipped > FURTHEST {
            return Err("advance_seconds leads too far".to_owned());
        }
        self.skipped = skipped;
        Ok(())
    }
}

/// The connection was broken off instead of an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection was dropped")]
pub struct Dropped;

impl Shell {
    /// The scenario's first world, beginning now.
    ///
    /// # Errors
    /// The act of the scenario that did not go as it says.
    pub fn begin(scenario: Scenario, seed: Option<u64>, speed: f64) -> Result<Self, Invalid> {
        let world = World::begin(&scenario, seed)?;
        Ok(Self::of(State { scenario, world }, seed, speed))
    }

    /// A world that goes on from where it was left, for forks and replays.
    pub fn resume(world: World, speed: f64) -> Self {
        let scenario = Scenario::default();
        Self::go_on(State { scenario, world }, speed)
    }

    /// A saved state that goes on from where it was left: simulated time stood still meanwhile.
    pub fn go_on(state: State, speed: f64) -> Self {
        let seed = Some(state.world.seed());
        Self::of(state, seed, speed)
    }

    fn of(state: State, seed: Option<u64>, speed: f64) -> Self {
        Self {
            living: Arc::new(Mutex::new(Living::begin(state.world))),
            scenario: Arc::new(state.scenario),
            seed,
            speed,
            keeper: None,
        }
    }

    fn living(&self) -> MutexGuard<'_, Living> {
        // A panic while the lock was held is a bug that its own test reports; the world itself stays readable.
        self.living.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A copy of the world as it is at this moment.
    pub fn snapshot(&self) -> World {
        let mut living = self.living();
        let now = living.now(self.speed);
        living.world.advance(now);
        living.world.clone()
    }

    /// Answers one request after its simulated latency.
    ///
    /// # Errors
    /// [`Dropped`] where the simulator breaks the connection.
    pub async fn answer(&self, request: Request) -> Result<Response, Dropped> {
        self.note_change();
        if request.path.starts_with("/_simulator/") {
            return Ok(self.control(&request));
        }
        let reply = {
            let mut living = self.living();
            let now = living.now(self.speed);
            living.world.handle(now, &request)
        };
        match reply {
            Reply::Answer(response, latency) => {
                self.pause(latency).await;
                Ok(response)
            }
            Reply::Drop(latency) => {
                self.pause(latency).await;
                Err(Dropped)
            }
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the shell is where simulated time comes from"
    )]
    async fn pause(&self, simulated: Duration) {
        tokio::time::sleep(numbers::duration(simulated.as_secs_f64() / self.speed)).await;
    }

    fn control(&self, request: &Request) -> Response {
        let mut living = self.living();
        let now = living.now(self.speed);
        living.world.advance(now);
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/_simulator/clock") => self.clock(&living),
            ("POST", "/_simulator/clock") => match serde_json::from_slice::<Advance>(&request.body)
            {
                Ok(Advance { advance_seconds }) => match living.skip(advance_seconds) {
                    Ok(()) => {
                        let now = living.now(self.speed);
                        living.world.advance(now);
                        self.clock(&living)
                    }
                    Err(problem) => control::refuse(&problem),
                },
                Err(problem) => control::refuse(&problem.to_string()),
            },
            ("POST", "/_simulator/reset") => match World::begin(&self.scenario, self.seed) {
                Ok(world) => {
                    *living = Living::begin(world);
                    self.clock(&living)
                }
                Err(problem) => control::refuse(&problem.to_string()),
            },
            _ => control::answer(&mut living.world, request).unwrap_or_else(|| Response {
                status: 404,
                ..control::refuse("no such control endpoint")
            }),
        }
    }

    fn clock(&self, living: &Living) -> Response {
        control::document(&json!({
            "now": living.world.now().iso(),
            "elapsed_seconds": living.world.elapsed().as_secs_f64(),
            "speed": self.speed,
        }))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_seconds: f64,
}

/// Binds a loopback port; 0 takes a free one.
///
/// # Errors
/// Where the port is taken.
pub async fn bind(port: u16) -> std::io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await
}

/// Serves the shell's world until `stop` is ready. A state that is kept is saved meanwhile and at the end.
///
/// # Errors
/// Where the listener fails, or the state cannot be saved.
pub async fn serve(
    listener: TcpListener,
    shell: Shell,
    stop: impl Future<Output = ()>,
) -> std::io::Result<()> {
    tokio::select! {
        biased;
        served = accept(listener, shell.clone(), stop) => served?,
        problem = shell.keep() => return Err(problem),
    }
    shell.save().map_err(std::io::Error::other)
}

async fn accept(
    listener: TcpListener,
    shell: Shell,
    stop: impl Future<Output = ()>,
) -> std::io::Result<()> {
    let mut connections = JoinSet::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        tokio::select! {
            biased;
            () = &mut stop => return Ok(()),
            Some(_ended) = connections.join_next() => {}
            accepted = listener.accept() => {
                let stream = match accepted {
                    Ok((stream, _peer)) => stream,
                    Err(problem) if is_of_one_connection(&problem) => continue,
                    Err(problem) => return Err(problem),
                };
                // A client that has gone already is noticed when its request is read.
                stream.set_nodelay(true).ok();
                let shell = shell.clone();
                let service = service_fn(move |request| exchange(shell.clone(), request));
                let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                // A connection that breaks, by order of a fault or by its client, concerns nobody else.
                connections.spawn(async move { connection.await.ok() });
            }
        }
    }
}

/// Whether an accept failed because of its client, who has gone again: nobody else is concerned.
fn is_of_one_connection(problem: &std::io::Error) -> bool {
    use std::io::ErrorKind;
    [
        ErrorKind::ConnectionAborted,
        ErrorKind::ConnectionRefused,
        ErrorKind::ConnectionReset,
        ErrorKind::Interrupted,
        ErrorKind::WouldBlock,
    ]
    .contains(&problem.kind())
}

async fn exchange(
    shell: Shell,
    request: hyper::Request<Incoming>,
) -> Result<hyper::Response<Full<Bytes>>, Dropped> {
    let (parts, body) = request.into_parts();
    let Ok(body) = body.collect().await else {
        return Err(Dropped);
    };
    let request = Request {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts
            .headers
            .iter()
            .map(|(name, value)| {
                (
                    name.as_str().to_owned(),
                    String::from_utf8_lossy(value.as_bytes()).into_owned(),
                )
            })
            .collect(),
        body: body.to_bytes().to_vec(),
    };
    let response = shell.answer(request).await?;
    Ok(render(response))
}

fn render(response: Response) -> hyper::Response<Full<Bytes>> {
    let mut rendered = hyper::Response::new(Full::new(Bytes::from(response.body)));
    *rendered.status_mut() = hyper::StatusCode::from_u16(response.status)
        .unwrap_or(hyper::StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in response.headers {
        if let (Ok(name), Ok(value)) = (
            hyper::header::HeaderName::try_from(name),
            hyper::header::HeaderValue::try_from(value),
        ) {
            rendered.headers_mut().insert(name, value);
        }
    }
    rendered
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn send(shell: &Shell, path: &str, body: &str) -> Response {
        let request = Request {
            method: "POST".into(),
            path: path.into(),
            body: body.into(),
            ..Request::default()
        };
        shell.answer(request).await.unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn time_that_nobody_can_reckon_with_is_refused() {
        let shell = Shell::begin(Scenario::default(), Some(1), 1.0).unwrap();
        for bad in ["-1", "1e300", "1e999", "\"x\""] {
            let body = format!("{{\"advance_seconds\": {bad}}}");
            let response = send(&shell, "/_simulator/clock", &body).await;
            assert_eq!(response.status, 400, "{bad}");
        }
        let body = r#"{"advance_seconds": 1e9}"#;
        for _ in 0..10 {
            let response = send(&shell, "/_simulator/clock", body).await;
            assert_eq!(response.status, 200);
        }
        let response = send(&shell, "/_simulator/clock", body).await;
        assert_eq!(response.status, 400);
    }

    #[tokio::test(start_paused = true)]
    async fn a_strange_speed_or_rule_ends_nothing() {
        let shell = Shell::begin(Scenario::default(), Some(1), 1e-300).unwrap();
        let rule = r#"{"match": {}, "answer": {"kind": "slow", "seconds": -1}}"#;
        let response = send(&shell, "/_simulator/faults", rule).await;
        assert_eq!(response.status, 400);
        let body = String::from_utf8(response.body).unwrap();
        assert!(body.contains("answer.seconds"), "{body}");
        let call = "Action=GetCallerIdentity&Version=2011-06-15";
        assert_eq!(send(&shell, "/", call).await.status, 200);
    }

    #[test]
    fn outside_a_runtime_no_time_passes() {
        // A microsecond of the machine would be a minute and more of the world.
        let shell = Shell::begin(Scenario::default(), Some(1), 1e8).unwrap();
        let look = || shell.snapshot().now();
        let paused = || {
            runtime::Builder::new_current_thread()
                .enable_time()
                .start_paused(true)
                .build()
                .unwrap()
        };
        let start = look();
        assert_eq!(paused().block_on(async { look() }), start);
        let later = paused().block_on(async {
            look();
            shell.pause(Duration::from_secs(700_000_000)).await;
            look()
        });
        assert_eq!(later, start.plus(Duration::from_secs(700_000_000)));
        assert_eq!(look(), later);
        assert_eq!(paused().block_on(async { look() }), later);
    }

    #[test]
    fn a_client_that_goes_away_ends_nothing() {
        use std::io::{Error, ErrorKind};
        assert!(is_of_one_connection(&Error::from(
            ErrorKind::ConnectionAborted
        )));
        assert!(!is_of_one_connection(&Error::from(ErrorKind::AddrInUse)));
    }
}
