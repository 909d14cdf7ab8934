//! A world and its scenario as one file.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::acts::Invalid;
use crate::scenario::Scenario;
use crate::world::World;

/// The form of the file that this simulator writes and reads.
pub const FORMAT: u32 = 5;

/// A world, and the scenario that it began with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct State {
    pub scenario: Scenario,
    pub world: World,
}

/// Why a state cannot be saved or loaded.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    #[error("{path}: {problem}", path = path.display())]
    File { path: PathBuf, problem: io::Error },
    #[error("{path} is damaged, or no state of a simulator: {problem}", path = path.display())]
    Damaged {
        path: PathBuf,
        problem: serde_json::Error,
    },
    #[error(
        "{path} has format {found}, and this simulator reads format {FORMAT}: begin a new state",
        path = path.display()
    )]
    Format { path: PathBuf, found: u32 },
    #[error("{path} was begun with another {what}: leave it out, or begin a new state", path = path.display())]
    Other { path: PathBuf, what: &'static str },
    #[error(transparent)]
    Invalid(#[from] Invalid),
}

/// What every format has.
#[derive(Deserialize)]
struct Head {
    format: u32,
}

#[derive(Serialize)]
struct Saved<'a> {
    format: u32,
    #[serde(flatten)]
    state: &'a State,
}

/// The state in a file where there is one, else the first world of a scenario.
///
/// # Errors
/// As [`load`] and [`World::begin`]; a scenario or a seed that is not the file's.
pub fn open(path: &Path, scenario: Option<Scenario>, seed: Option<u64>) -> Result<State, Problem> {
    if !path.exists() {
        let scenario = scenario.unwrap_or_default();
        let world = World::begin(&scenario, seed)?;
        return Ok(State { scenario, world });
    }
    let state = load(path)?;
    let other = |what| Problem::Other {
        path: path.to_owned(),
        what,
    };
    if scenario.is_some_and(|scenario| scenario != state.scenario) {
        return Err(other("scenario"));
    }
    if seed.is_some_and(|seed| seed != state.world.seed()) {
        return Err(other("seed"));
    }
    Ok(state)
}

/// Writes a state beside its place and then puts it there, so that a reader meets the old one or the new one.
///
/// # Errors
/// Where the file cannot be written.
pub fn save(path: &Path, state: &State) -> Result<(), Problem> {
    let failed = |problem| Problem::File {
        path: path.to_owned(),
        problem,
    };
    let saved = Saved {
        format: FORMAT,
        state,
    };
    let text = serde_json::to_vec(&saved).map_err(|problem| failed(problem.into()))?;
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    let write = || {
        let mut file = fs::File::create(&beside)?;
        file.write_all(&text)?;
        file.sync_all()?;
        fs::rename(&beside, path)
    };
    write().map_err(failed)
}

/// Reads a state.
///
/// # Errors
/// A file that is not there, that is damaged, or that has another format.
pub fn load(path: &Path) -> Result<State, Problem> {
    let text = fs::read(path).map_err(|problem| Problem::File {
        path: path.to_owned(),
        problem,
    })?;
    let damaged = |problem| Problem::Damaged {
        path: path.to_owned(),
        problem,
    };
    let head: Head = serde_json::from_slice(&text).map_err(damaged)?;
    if head.format != FORMAT {
        return Err(Problem::Format {
            path: path.to_owned(),
            found: head.format,
        });
    }
    serde_json::from_slice(&text).map_err(damaged)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::time::SimTime;

    fn file(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("simulator-state-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder.join(name)
    }

    fn example(name: &str) -> State {
        let folder = Path::new("../../tests/scenarios");
        let text = fs::read_to_string(folder.join(name)).unwrap();
        let scenario = Scenario::read(&text).unwrap();
        let world = World::begin(&scenario, Some(9)).unwrap();
        State { scenario, world }
    }

    /// The world `seconds` later; where `through` says so, it is saved and loaded on the way.
    fn live(state: &State, through: Option<&Path>, seconds: u64) -> World {
        let mut state = state.clone();
        for _ in 0..seconds / 100 {
            let next: SimTime = state.world.now().plus(Duration::from_secs(100));
            state.world.advance(next);
            if let Some(path) = through {
                save(path, &state).unwrap();
                state = load(path).unwrap();
            }
        }
        state.world
    }

    #[test]
    fn a_life_that_is_saved_and_loaded_again_and_again_is_the_same() {
        for name in ["held-interface.toml", "stacks.toml", "slow-endpoint.toml"] {
            let state = example(name);
            let straight = live(&state, None, 3000);
            let interrupted = live(&state, Some(&file(name)), 3000);
            assert_eq!(straight.log(), interrupted.log(), "{name}");
            assert_eq!(straight.rows(), interrupted.rows(), "{name}");
            let [one, other] = [straight, interrupted].map(|world| serde_json::to_string(&world));
            assert!(one.unwrap() == other.unwrap(), "{name}");
        }
    }

    #[test]
    fn a_state_is_gone_on_with_unless_another_is_asked_for() {
        let path = file("open.json");
        let scenario = Scenario::read("largest-page = 4").unwrap();
        let mut state = open(&path, Some(scenario.clone()), Some(7)).unwrap();
        let later = state.world.now().plus(Duration::from_secs(9));
        state.world.advance(later);
        save(&path, &state).unwrap();
        for (scenario, seed) in [(None, None), (Some(scenario), Some(7))] {
            let found = open(&path, scenario, seed).unwrap();
            assert_eq!((found.world.now(), found.world.seed()), (later, 7));
        }
        for (scenario, seed, told) in [
            (Some(Scenario::default()), None, "another scenario"),
            (None, Some(8), "another seed"),
        ] {
            let problem = open(&path, scenario, seed).unwrap_err().to_string();
            assert!(problem.contains(told), "{problem}");
        }
    }

    #[test]
    fn a_damaged_file_and_another_format_are_told_apart() {
        let path = file("bad.json");
        for (text, told) in [
            ("{\"format\": 5, \"scenario\": {}", "is damaged"),
            ("{\"format\": 5, \"scenario\": {}}", "missing field `world`"),
            (
                "{\"format\": 99}",
                "has format 99, and this simulator reads format 5",
            ),
            ("hello", "no state of a simulator"),
        ] {
            fs::write(&path, text).unwrap();
            let problem = load(&path).unwrap_err().to_string();
            assert!(problem.contains(told), "{problem}");
        }
        let problem = load(Path::new("/nowhere.json")).unwrap_err().to_string();
        assert!(problem.starts_with("/nowhere.json: "), "{problem}");
    }
}
