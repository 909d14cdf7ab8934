//! Lists that lag behind the truth: for a moment they do not show what is new, and still show what is gone or has
//! changed. Whoever changes the truth need not know of it: what came and went is noted by comparing the truth before
//! and after each call and each event.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::draw;
use crate::durations::Spread;
use crate::table::Table;
use crate::time::SimTime;
use crate::world::{Place, World};
use crate::{ec2, efs, sagemaker};

/// How long what came is remembered: longer than any list lags.
const REMEMBERED: Duration = Duration::from_secs(3600);

/// How far lists lag, drawn for each id.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lags {
    seed: u64,
    now: SimTime,
    shows_new: Spread,
    finds_new: Spread,
    forgets: Spread,
}

impl Lags {
    pub(crate) fn of(world: &World) -> Self {
        Self {
            seed: world.seed(),
            now: world.now(),
            shows_new: world.durations.spread("list shows new"),
            finds_new: world.durations.spread("describe finds new"),
            forgets: world.durations.spread("list forgets deleted"),
        }
    }

    fn draw(self, spread: Spread, name: &str, id: &str) -> Duration {
        spread.at(draw::unit(self.seed, &["duration", name, id]))
    }
}

/// What readers see of one kind of thing besides the truth; empty where lists do not lag.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct View<T> {
    /// When what is new came.
    births: BTreeMap<String, SimTime>,
    /// What lists show instead of the truth.
    ghosts: BTreeMap<String, Ghost<T>>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Ghost<T> {
    item: T,
    until: SimTime,
}

impl<T> Default for View<T> {
    fn default() -> Self {
        Self {
            births: BTreeMap::new(),
            ghosts: BTreeMap::new(),
        }
    }
}

impl<T: Clone> View<T> {
    /// Notes what came, what went, and what differs so that lists show it late.
    pub(crate) fn note(
        &mut self,
        before: &Table<T>,
        after: &Table<T>,
        differ: fn(&T, &T) -> bool,
        lags: Lags,
    ) {
        let now = lags.now;
        self.births
            .retain(|_, birth| now.since(*birth) < REMEMBERED);
        self.ghosts.retain(|_, ghost| now < ghost.until);
        for id in after.keys().filter(|id| !before.contains_key(id)) {
            self.births.insert(id.clone(), now);
        }
        for (id, old) in before.iter() {
            let same = after.get(id).is_some_and(|new| !differ(old, new));
            if same || self.ghosts.contains_key(id) {
                continue;
            }
            let until = now.plus(lags.draw(lags.forgets, "list forgets deleted", id));
            let item = old.clone();
            self.ghosts.insert(id.clone(), Ghost { item, until });
        }
    }

    /// What a list shows, in the order of the ids.
    pub(crate) fn listed<'a>(&'a self, truth: &'a Table<T>, lags: Lags) -> Vec<&'a T> {
        if self.births.is_empty() && self.ghosts.is_empty() {
            return truth.values().collect();
        }
        let known = |id: &String| self.is_known(id, lags.shows_new, "list shows new", lags);
        let mut shown: BTreeMap<&String, &T> = truth.iter().filter(|(id, _)| known(id)).collect();
        let ghosts = self.ghosts.iter().filter(|(_, it)| lags.now < it.until);
        shown.extend(
            ghosts
                .filter(|(id, _)| known(id))
                .map(|(id, it)| (id, &it.item)),
        );
        shown.into_values().collect()
    }

    /// What is found by these ids, in their order.
    pub(crate) fn found(&self, truth: &Table<T>, ids: &[impl AsRef<str>], lags: Lags) -> Vec<T> {
        let known = |id: &str| self.is_known(id, lags.finds_new, "describe finds new", lags);
        let ids: BTreeSet<&str> = ids.iter().map(AsRef::as_ref).collect();
        let found = ids.into_iter().filter(|id| known(id));
        found.filter_map(|id| truth.get(id).cloned()).collect()
    }

    fn is_known(&self, id: &str, spread: Spread, name: &str, lags: Lags) -> bool {
        let birth = self.births.get(id);
        birth.is_none_or(|birth| birth.plus(lags.draw(spread, name, id)) <= lags.now)
    }
}

/// The truth of every region before something happens.
pub(crate) struct Before(BTreeMap<Place, (ec2::Truth, efs::Truth, sagemaker::Truth)>);

/// Looks before something happens in a place, where lists lag. What the place has from the start is nothing new.
pub(crate) fn before(world: &mut World, place: &Place) -> Option<Before> {
    if !world.switches.lists_lag {
        return None;
    }
    world.region(place);
    let regions = world.places().map(|(place, region)| {
        let truth = (
            region.ec2.truth(),
            region.efs.truth(),
            region.sagemaker.truth(),
        );
        (place.clone(), truth)
    });
    Some(Before(regions.collect()))
}

/// Notes what has happened since.
pub(crate) fn after(world: &mut World, before: Option<Before>) {
    let Some(Before(regions)) = before else {
        return;
    };
    let lags = Lags::of(world);
    for (place, (ec2, efs, sagemaker)) in regions {
        let region = world.region(&place);
        region.ec2.note(&ec2, lags);
        region.efs.note(&efs, lags);
        region.sagemaker.note(&sagemaker, lags);
    }
}
