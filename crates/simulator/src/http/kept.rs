//! The state of a shell's world in a file.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::Shell;
use crate::scenario::Scenario;
use crate::state::{self, Problem, State};

/// Where the state is kept.
pub(super) struct Keeper {
    file: PathBuf,
    /// Between a change and the file that tells it, at most.
    pause: Duration,
    changed: Notify,
    /// One writer at a time; the last one writes the newest state.
    writing: Mutex<()>,
}

impl Shell {
    /// Keeps the state in a file from now on: [`serve`](super::serve) saves it when it stops, and `pause` after a change
    /// at the latest.
    #[must_use]
    pub fn kept_in(mut self, file: &Path, pause: Duration) -> Self {
        self.keeper = Some(Arc::new(Keeper {
            file: file.to_owned(),
            pause,
            changed: Notify::new(),
            writing: Mutex::new(()),
        }));
        self
    }

    /// Somebody has called: the log is longer at least.
    pub(super) fn note_change(&self) {
        if let Some(keeper) = &self.keeper {
            keeper.changed.notify_one();
        }
    }

    /// Saves the state where it is kept, if it is.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn save(&self) -> Result<(), Problem> {
        let Some(keeper) = &self.keeper else {
            return Ok(());
        };
        // The guard orders writers only: a panic of one leaves nothing half done.
        let writing = keeper.writing.lock();
        let _order = writing.unwrap_or_else(PoisonError::into_inner);
        let state = State {
            scenario: Scenario::clone(&self.scenario),
            world: self.snapshot(),
        };
        state::save(&keeper.file, &state)
    }

    /// Saves the state whenever it has changed, after the pause. It ends only where a file cannot be written.
    #[expect(
        clippy::disallowed_methods,
        reason = "how often a file is written is a matter of the machine's time"
    )]
    pub(super) async fn keep(&self) -> io::Error {
        let Some(keeper) = &self.keeper else {
            return std::future::pending().await;
        };
        loop {
            keeper.changed.notified().await;
            tokio::time::sleep(keeper.pause).await;
            let shell = self.clone();
            let saved = tokio::task::spawn_blocking(move || shell.save()).await;
            match saved {
                Ok(Ok(())) => {}
                Ok(Err(problem)) => return io::Error::other(problem),
                Err(problem) => return problem.into(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{bind, serve};
    use crate::time::SimTime;
    use crate::wire::Request;
    use crate::world::World;

    const CALL: &str = "Action=GetCallerIdentity&Version=2011-06-15";

    fn file(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("simulator-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        folder.join(name)
    }

    async fn call(shell: &Shell, path: &str, body: &str) -> u16 {
        let request = Request {
            method: "POST".into(),
            path: path.into(),
            body: body.into(),
            ..Request::default()
        };
        shell.answer(request).await.unwrap().status
    }

    #[tokio::test]
    async fn the_state_is_saved_soon_after_a_change_and_at_the_end() {
        let file = file("kept.json");
        let scenario = Scenario::read("latency = false").unwrap();
        let shell = Shell::begin(scenario, Some(3), 1.0).unwrap();
        let shell = shell.kept_in(&file, Duration::from_millis(20));
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let listener = bind(0).await.unwrap();
        let serving = serve(listener, shell.clone(), async { drop(stopped.await) });
        let living = async {
            assert_eq!(call(&shell, "/", CALL).await, 200);
            while !file.exists() {
                tokio::task::yield_now().await;
            }
            assert_eq!(state::load(&file).unwrap().world.log().len(), 1);
            assert_eq!(call(&shell, "/", CALL).await, 200);
            drop(stop);
        };
        let (served, ()) = tokio::join!(serving, living);
        served.unwrap();
        assert_eq!(state::load(&file).unwrap().world.log().len(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn simulated_time_goes_on_where_it_was_and_a_reset_goes_back_to_the_scenario() {
        let file = file("resumed.json");
        let scenario = Scenario::read("latency = false\nlargest-page = 3").unwrap();
        let shell = Shell::begin(scenario, Some(4), 1.0).unwrap();
        let shell = shell.kept_in(&file, Duration::ZERO);
        call(&shell, "/_simulator/clock", r#"{"advance_seconds": 100}"#).await;
        call(&shell, "/", CALL).await;
        shell.save().unwrap();
        // Nobody serves for a while.
        tokio::time::advance(Duration::from_secs(5000)).await;
        let resumed = Shell::go_on(state::load(&file).unwrap(), 1.0);
        let world = resumed.snapshot();
        assert_eq!(world.now(), SimTime::START.plus(Duration::from_secs(100)));
        assert_eq!((world.seed(), world.log().len()), (4, 1));
        call(&resumed, "/_simulator/reset", "").await;
        let world: World = resumed.snapshot();
        assert_eq!((world.seed(), world.log().len()), (4, 0));
        assert_eq!(world.largest_page, Some(3));
        assert_eq!(world.elapsed(), Duration::ZERO);
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_written_is_told() {
        let shell = Shell::begin(Scenario::default(), None, 1.0).unwrap();
        let shell = shell.kept_in(Path::new("/nowhere/at/all.json"), Duration::ZERO);
        let listener = bind(0).await.unwrap();
        let problem = serve(listener, shell, async {}).await.unwrap_err();
        let told = problem.to_string();
        assert!(told.contains("/nowhere/at/all.json"), "{told}");
    }
}
