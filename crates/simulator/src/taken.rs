//! Numbers that are taken, as ranges: the lowest free one is found without walking over all of them.

use std::collections::BTreeMap;

/// The first and the last number of each range; between two ranges at least one number is free.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Taken(BTreeMap<u32, u32>);

impl Taken {
    /// The range that a number is in.
    fn range(&self, number: u32) -> Option<(u32, u32)> {
        let (first, last) = self.0.range(..=number).next_back()?;
        (number <= *last).then_some((*first, *last))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn contains(&self, number: u32) -> bool {
        self.range(number).is_some()
    }

    /// The lowest free number from this one on.
    pub(crate) fn free_from(&self, number: u32) -> u32 {
        self.range(number)
            .map_or(number, |(_, last)| last.saturating_add(1))
    }

    pub(crate) fn insert(&mut self, number: u32) {
        if self.contains(number) {
            return;
        }
        let before = number.checked_sub(1).and_then(|next| self.range(next));
        let after = number.checked_add(1).and_then(|next| self.range(next));
        if let Some((first, _)) = after {
            self.0.remove(&first);
        }
        let first = before.map_or(number, |(first, _)| first);
        let last = after.map_or(number, |(_, last)| last);
        self.0.insert(first, last);
    }

    pub(crate) fn remove(&mut self, number: u32) {
        let Some((first, last)) = self.range(number) else {
            return;
        };
        self.0.remove(&first);
        if first < number {
            self.0.insert(first, number - 1);
        }
        if number < last {
            self.0.insert(number + 1, last);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn ranges(taken: &Taken) -> Vec<(u32, u32)> {
        let ranges = taken.0.iter();
        ranges.map(|(first, last)| (*first, *last)).collect()
    }

    #[test]
    fn ranges_grow_together_and_fall_apart() {
        let mut taken = Taken::default();
        for number in [4, 6, 5, 9, 5] {
            taken.insert(number);
        }
        assert_eq!(ranges(&taken), [(4, 6), (9, 9)]);
        assert_eq!((taken.free_from(3), taken.free_from(4)), (3, 7));
        taken.remove(5);
        taken.remove(7);
        assert_eq!(ranges(&taken), [(4, 4), (6, 6), (9, 9)]);
        for number in [4, 6, 9] {
            taken.remove(number);
        }
        assert!(taken.is_empty());
        taken.insert(0);
        taken.insert(u32::MAX);
        assert_eq!(ranges(&taken), [(0, 0), (u32::MAX, u32::MAX)]);
    }

    #[test]
    fn it_is_a_set() {
        let (mut taken, mut set) = (Taken::default(), BTreeSet::new());
        for step in 0..2_000_u32 {
            let number = step.wrapping_mul(2_654_435_761) >> 26;
            if step.is_multiple_of(3) {
                taken.remove(number);
                set.remove(&number);
            } else {
                taken.insert(number);
                set.insert(number);
            }
            let free = (0..=64).find(|number| !set.contains(number));
            assert_eq!(Some(taken.free_from(0)), free, "step {step}");
            assert_eq!(taken.contains(number), set.contains(&number));
        }
    }
}
