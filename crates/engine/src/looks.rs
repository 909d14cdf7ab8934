//! When to look at which list.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::Want;

/// Shortest and longest pause between two looks at one list.
const SHORTEST: Duration = Duration::from_secs(3);
const LONGEST: Duration = Duration::from_secs(20);

#[derive(Clone, Copy, Debug, Default)]
struct Waiting {
    oldest: Duration,
    youngest: Duration,
    usual: Duration,
    seen: Option<Duration>,
    count: u64,
}

/// The lists that somebody waits for. A waiter is served first at half of what it waits for usually takes, then at a
/// sixteenth of the time waited; whoever waits for the same list shares the look. It is the youngest who says when, and
/// however many come after one another, the oldest has a longest pause.
pub(crate) struct Looks<F> {
    waiting: BTreeMap<F, Waiting>,
    /// Lists that a write has changed, and when they are due for it.
    changed: BTreeMap<F, Duration>,
    seed: u64,
}

impl<F: Copy + Ord> Looks<F> {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            waiting: BTreeMap::new(),
            changed: BTreeMap::new(),
            seed,
        }
    }

    /// Takes over who waits for what. A list nobody waits for any more is not looked at.
    pub(crate) fn want(&mut self, wants: &[Want<F>]) {
        let facets: BTreeSet<F> = wants.iter().map(|want| want.facet).collect();
        self.waiting.retain(|facet, _| facets.contains(facet));
        for want in wants {
            let waiting = self.waiting.entry(want.facet).or_default();
            waiting.oldest = want.oldest;
            waiting.youngest = want.youngest;
            waiting.usual = want.usual;
        }
    }

    /// Notes that lists have changed, and after how long they show it.
    pub(crate) fn changed(&mut self, now: Duration, facets: &[(F, Duration)]) {
        for (facet, after) in facets {
            self.changed.insert(*facet, now + *after);
        }
    }

    pub(crate) fn seen(&mut self, now: Duration, facet: F) {
        self.changed
            .retain(|changed, due| *changed != facet || *due > now);
        if let Some(waiting) = self.waiting.get_mut(&facet) {
            waiting.seen = Some(now);
            waiting.count += 1;
        }
    }

    /// The lists to look at now, those in flight left out.
    pub(crate) fn due(&self, now: Duration, looking: &BTreeSet<F>) -> Vec<F> {
        self.moments(looking)
            .filter(|(_, due)| *due <= now)
            .map(|(facet, _)| facet)
            .collect()
    }

    /// When the next look is due.
    pub(crate) fn next(&self, looking: &BTreeSet<F>) -> Option<Duration> {
        self.moments(looking).map(|(_, due)| due).min()
    }

    fn moments<'a>(&'a self, looking: &'a BTreeSet<F>) -> impl Iterator<Item = (F, Duration)> + 'a {
        self.waiting
            .iter()
            .filter(|(facet, _)| !looking.contains(facet))
            .map(|(facet, waiting)| {
                let regular = self.regular(waiting);
                (
                    *facet,
                    self.changed
                        .get(facet)
                        .map_or(regular, |changed| regular.min(*changed)),
                )
            })
    }

    fn regular(&self, waiting: &Waiting) -> Duration {
        let served = waiting.oldest + half(waiting.usual);
        let latest = waiting.seen.map_or(served, |seen| served.max(seen)) + LONGEST;
        self.for_the_youngest(waiting).min(latest)
    }

    fn for_the_youngest(&self, waiting: &Waiting) -> Duration {
        let first = waiting.youngest + half(waiting.usual);
        // A look before the youngest wait began, or before half of its time, was for somebody else.
        let Some(seen) = waiting.seen.filter(|seen| *seen >= first) else {
            return waiting
                .seen
                .map_or(first, |seen| first.max(seen + SHORTEST));
        };
        let pause = (seen.saturating_sub(waiting.youngest) / 16).clamp(SHORTEST, LONGEST);
        seen + pause.mul_f64(0.9 + 0.2 * self.jitter(waiting.count))
    }

    /// A number in `[0, 1)` from the seed and the look's number (splitmix64).
    #[expect(clippy::cast_precision_loss, reason = "32 bits fit a double")]
    fn jitter(&self, count: u64) -> f64 {
        let mut mixed = self
            .seed
            .wrapping_add(count.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) >> 32) as f64 / f64::from(u32::MAX)
    }
}

/// How long after it began a wait is served first.
fn half(usual: Duration) -> Duration {
    (usual / 2).clamp(SHORTEST, LONGEST * 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A list for which one waits.
    const fn alone(facet: char, usual: Duration) -> Want<char> {
        Want {
            facet,
            oldest: secs(0),
            youngest: secs(0),
            usual,
        }
    }

    const fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn the_first_look_comes_at_half_the_usual_time() {
        let mut looks = Looks::new(1);
        looks.want(&[alone('a', secs(40))]);
        assert_eq!(looks.next(&BTreeSet::new()), Some(secs(20)));
        assert!(looks.due(secs(19), &BTreeSet::new()).is_empty());
        assert_eq!(looks.due(secs(20), &BTreeSet::new()), ['a']);
    }

    #[test]
    fn later_looks_are_between_three_and_twenty_seconds_apart() {
        let mut looks = Looks::new(1);
        looks.want(&[alone('a', secs(2))]);
        let mut at = secs(3);
        for _ in 0..200 {
            looks.seen(at, 'a');
            let next = looks.next(&BTreeSet::new()).unwrap();
            let pause = next.saturating_sub(at);
            assert!(
                pause >= SHORTEST.mul_f64(0.9) && pause <= LONGEST.mul_f64(1.1),
                "{pause:?}"
            );
            at = next;
        }
    }

    #[test]
    fn whoever_waits_is_served_however_many_begin_to_wait() {
        let mut looks = Looks::new(1);
        let mut looked = Vec::new();
        for now in 0..600 {
            looks.want(&[Want {
                facet: 'a',
                oldest: secs(0),
                youngest: secs(now),
                usual: secs(45),
            }]);
            if !looks.due(secs(now), &BTreeSet::new()).is_empty() {
                looks.seen(secs(now), 'a');
                looked.push(now);
            }
        }
        assert_eq!(
            looked.first(),
            Some(&43),
            "half of what is usual, and the longest pause"
        );
        let apart = looked.windows(2).map(|pair| pair[1] - pair[0]);
        assert!(
            apart.clone().all(|pause| pause == LONGEST.as_secs()),
            "{looked:?}"
        );
        assert!(looked.len() > 25, "{looked:?}");
    }

    #[test]
    fn a_write_makes_its_lists_due_soon() {
        let mut looks = Looks::new(1);
        looks.want(&[alone('a', secs(100))]);
        looks.changed(secs(1), &[('a', secs(2)), ('b', secs(2))]);
        assert_eq!(
            looks.next(&BTreeSet::new()),
            Some(secs(3)),
            "a list that nobody waits for is not looked at"
        );
    }

    #[test]
    fn a_list_in_flight_is_not_asked_again() {
        let mut looks = Looks::new(1);
        looks.want(&[alone('a', secs(2))]);
        assert!(looks.due(secs(10), &BTreeSet::from(['a'])).is_empty());
    }
}
