//! What exists of one kind, by id. A table notes what may have changed in it, so that the index has to look at nothing
//! else: nobody gets at an item to change it without the table's knowing.
//!
//! By the same notes it finds items by what they refer to, adds up what they have of something, and finds the lowest
//! number that none of them has, at a cost that does not depend on how many there are: the keys, the shares and the seats
//! of what has not changed are filed, and the few that have changed since are looked at themselves.

use std::collections::{BTreeMap, BTreeSet, btree_map};
use std::iter::Map;
use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::taken::Taken;

/// What an item can be found by besides its id.
pub(crate) trait Keyed {
    fn keys(&self) -> Vec<String> {
        Vec::new()
    }

    /// How much it has of what is added up over all items, such as what a quota counts.
    fn shares(&self) -> Vec<(String, usize)> {
        Vec::new()
    }

    /// The row and the number of the seat that it has to itself, such as an address in a subnet.
    fn seat(&self) -> Option<(String, u32)> {
        None
    }
}

/// Items by id, and what of them may have changed since somebody looked. Copies of a world share what neither changes.
#[derive(Clone, Debug)]
pub(crate) struct Table<T> {
    items: BTreeMap<String, Arc<T>>,
    changed: BTreeSet<String>,
    /// What of them may have changed since it was filed.
    unfiled: BTreeSet<String>,
    filed: Arc<Filed>,
}

/// What was true of the items when each was filed.
#[derive(Clone, Debug, Default)]
struct Filed {
    /// The ids of the items with a key.
    keyed: BTreeMap<String, BTreeSet<String>>,
    /// The keys of each item that has any.
    keys: BTreeMap<String, Vec<String>>,
    /// What the items have together.
    sums: BTreeMap<String, usize>,
    /// What each item that has any has of it.
    shares: BTreeMap<String, Vec<(String, usize)>>,
    /// The seats of each row that somebody has.
    taken: BTreeMap<String, Taken>,
    /// The seat of each item that has one.
    seats: BTreeMap<String, (String, u32)>,
}

/// So many items are looked at themselves before they are filed.
const MOST_UNFILED: usize = 16;

impl<T> From<BTreeMap<String, T>> for Table<T> {
    fn from(items: BTreeMap<String, T>) -> Self {
        let ids: BTreeSet<String> = items.keys().cloned().collect();
        let items = items.into_iter();
        Self {
            items: items.map(|(id, item)| (id, Arc::new(item))).collect(),
            changed: ids.clone(),
            unfiled: ids,
            filed: Arc::default(),
        }
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self::from(BTreeMap::new())
    }
}

/// Nothing is saved but the items: who loads them looks at all of them once.
impl<T: Serialize> Serialize for Table<T> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_map(self.iter())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Table<T> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        BTreeMap::deserialize(input).map(Self::from)
    }
}

/// The items of a table, in the order of their ids.
pub(crate) type Values<'a, T> = Map<btree_map::Values<'a, String, Arc<T>>, fn(&'a Arc<T>) -> &'a T>;

/// Whoever only reads sees a map.
impl<T> Table<T> {
    pub(crate) fn get(&self, id: &str) -> Option<&T> {
        self.items.get(id).map(Arc::as_ref)
    }

    /// An item as it is now, whatever becomes of it.
    pub(crate) fn shared(&self, id: &str) -> Option<Arc<T>> {
        self.items.get(id).cloned()
    }

    pub(crate) fn contains_key(&self, id: &str) -> bool {
        self.items.contains_key(id)
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (&String, &T)> {
        self.items.iter().map(|(id, item)| (id, item.as_ref()))
    }

    pub(crate) fn keys(&self) -> impl DoubleEndedIterator<Item = &String> {
        self.items.keys()
    }

    pub(crate) fn values(&self) -> Values<'_, T> {
        self.items.values().map(|item| item)
    }

    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }
}

impl<T: Keyed + Clone> Table<T> {
    pub(crate) fn insert(&mut self, id: String, item: T) {
        self.note(&id);
        self.items.insert(id, Arc::new(item));
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<T> {
        let gone = self.items.remove(id)?;
        self.note(id);
        Some(Arc::unwrap_or_clone(gone))
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        if self.items.contains_key(id) {
            self.note(id);
        }
        self.items.get_mut(id).map(Arc::make_mut)
    }

    /// The first item that is wanted.
    pub(crate) fn find_mut(&mut self, wanted: impl Fn(&T) -> bool) -> Option<&mut T> {
        self.filter_mut(wanted).next()
    }

    /// Every item that is wanted.
    pub(crate) fn filter_mut(
        &mut self,
        wanted: impl Fn(&T) -> bool,
    ) -> impl Iterator<Item = &mut T> {
        self.file_if_many();
        let (changed, unfiled) = (&mut self.changed, &mut self.unfiled);
        let items = self.items.iter_mut();
        items
            .filter(move |(_, item)| wanted(item))
            .map(|(id, item)| {
                changed.insert(id.clone());
                unfiled.insert(id.clone());
                Arc::make_mut(item)
            })
    }

    pub(crate) fn retain(&mut self, mut stays: impl FnMut(&T) -> bool) {
        self.file_if_many();
        let (changed, unfiled) = (&mut self.changed, &mut self.unfiled);
        self.items.retain(|id, item| {
            let stays = stays(item);
            if !stays {
                changed.insert(id.clone());
                unfiled.insert(id.clone());
            }
            stays
        });
    }

    /// Notes that an item comes, goes or may change.
    fn note(&mut self, id: &str) {
        self.file_if_many();
        self.changed.insert(id.to_owned());
        self.unfiled.insert(id.to_owned());
    }

    /// The items with a key, in the order of their ids.
    pub(crate) fn with_key<'a>(&'a self, key: &str) -> impl Iterator<Item = &'a T> + use<'a, T> {
        let known = self.filed.keyed.get(key).into_iter().flatten();
        let filed = known.filter(|id| !self.unfiled.contains(*id));
        let has = |id: &&String| {
            let item = self.get(id);
            item.is_some_and(|item| item.keys().iter().any(|other| other == key))
        };
        let unfiled = self.unfiled.iter().filter(has);
        let ids: BTreeSet<&String> = filed.chain(unfiled).collect();
        ids.into_iter().filter_map(|id| self.get(id))
    }

    /// How much all items have of something.
    pub(crate) fn sum(&self, name: &str) -> usize {
        let of = |shares: &[(String, usize)]| -> usize {
            let of_name = shares.iter().filter(|(share, _)| share == name);
            of_name.map(|(_, count)| count).sum()
        };
        let known = self.filed.sums.get(name).copied().unwrap_or_default();
        let unfiled = || self.unfiled.iter();
        let stale = unfiled().filter_map(|id| self.filed.shares.get(id));
        let stale: usize = stale.map(|shares| of(shares)).sum();
        let fresh = unfiled().filter_map(|id| self.get(id));
        let fresh: usize = fresh.map(|item| of(&item.shares())).sum();
        known + fresh - stale
    }

    /// The lowest seat of a row that no item has, among these.
    pub(crate) fn free_seat(&self, row: &str, among: &Range<u32>) -> Option<u32> {
        let (left, come) = self.moved(row);
        let known = self.filed.taken.get(row);
        let free_from = |seat| known.map_or(seat, |taken| taken.free_from(seat));
        let mut lowest = free_from(among.start);
        while among.contains(&lowest) && come.contains(&lowest) {
            lowest = free_from(lowest + 1);
        }
        let mut left = left.difference(&come).copied();
        let left = left.find(|seat| among.contains(seat));
        let lowest = left.map_or(lowest, |seat| seat.min(lowest));
        among.contains(&lowest).then_some(lowest)
    }

    /// Whether an item has this seat.
    pub(crate) fn is_taken(&self, row: &str, seat: u32) -> bool {
        let (left, come) = self.moved(row);
        let known = self.filed.taken.get(row);
        let known = known.is_some_and(|taken| taken.contains(seat));
        come.contains(&seat) || (known && !left.contains(&seat))
    }

    /// The seats of a row that what has changed since it was filed had then, and those that it has.
    fn moved(&self, row: &str) -> (BTreeSet<u32>, BTreeSet<u32>) {
        let unfiled = || self.unfiled.iter();
        let left = unfiled().filter_map(|id| self.filed.seats.get(id));
        let left = left.filter(|(of, _)| of == row).map(|(_, seat)| *seat);
        let come = unfiled().filter_map(|id| self.get(id)?.seat());
        let come = come.filter(|(of, _)| of == row).map(|(_, seat)| seat);
        (left.collect(), come.collect())
    }

    /// The ids of what may have come, changed or gone since this was asked last.
    pub(crate) fn take_changed(&mut self) -> BTreeSet<String> {
        self.file_all();
        std::mem::take(&mut self.changed)
    }

    fn file_if_many(&mut self) {
        if self.unfiled.len() >= MOST_UNFILED {
            self.file_all();
        }
    }

    fn file_all(&mut self) {
        if self.unfiled.is_empty() {
            return;
        }
        let filed = Arc::make_mut(&mut self.filed);
        let unfiled = std::mem::take(&mut self.unfiled);
        // Everybody rises before anybody sits down: one may have another's seat.
        for id in &unfiled {
            filed.rise(id);
        }
        for id in &unfiled {
            let item = self.items.get(id);
            filed.file(id, item.map(|item| item.keys()).unwrap_or_default());
            filed.add_up(id, item.map(|item| item.shares()).unwrap_or_default());
            filed.sit(id, item.and_then(|item| item.seat()));
        }
    }
}

impl Filed {
    /// Gives an item's seat back.
    fn rise(&mut self, id: &str) {
        let Some((row, seat)) = self.seats.remove(id) else {
            return;
        };
        if let Some(taken) = self.taken.get_mut(&row) {
            taken.remove(seat);
            if taken.is_empty() {
                self.taken.remove(&row);
            }
        }
    }

    fn sit(&mut self, id: &str, seat: Option<(String, u32)>) {
        if let Some((row, number)) = seat {
            self.taken.entry(row.clone()).or_default().insert(number);
            self.seats.insert(id.to_owned(), (row, number));
        }
    }

    /// Counts an item's shares in place of those that it had.
    fn add_up(&mut self, id: &str, shares: Vec<(String, usize)>) {
        for (name, count) in self.shares.remove(id).unwrap_or_default() {
            if let Some(sum) = self.sums.get_mut(&name) {
                *sum -= count;
                if *sum == 0 {
                    self.sums.remove(&name);
                }
            }
        }
        for (name, count) in &shares {
            *self.sums.entry(name.clone()).or_default() += count;
        }
        if !shares.is_empty() {
            self.shares.insert(id.to_owned(), shares);
        }
    }

    /// Files an item under its keys.
    fn file(&mut self, id: &str, keys: Vec<String>) {
        let old = self.keys.remove(id).unwrap_or_default();
        if old != keys {
            for key in &old {
                if let Some(ids) = self.keyed.get_mut(key) {
                    ids.remove(id);
                    if ids.is_empty() {
                        self.keyed.remove(key);
                    }
                }
            }
            for key in &keys {
                let ids = self.keyed.entry(key.clone()).or_default();
                ids.insert(id.to_owned());
            }
        }
        if !keys.is_empty() {
            self.keys.insert(id.to_owned(), keys);
        }
    }
}

/// A test knows what is there.
#[cfg(test)]
impl<T, Id: AsRef<str> + ?Sized> std::ops::Index<&Id> for Table<T> {
    type Output = T;

    fn index(&self, id: &Id) -> &T {
        &self.items[id.as_ref()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Keyed for u8 {
        fn keys(&self) -> Vec<String> {
            vec![format!("is {self}")]
        }

        fn shares(&self) -> Vec<(String, usize)> {
            vec![("all".to_owned(), usize::from(*self))]
        }

        fn seat(&self) -> Option<(String, u32)> {
            Some(("row".to_owned(), u32::from(*self)))
        }
    }

    fn changed(table: &mut Table<u8>) -> Vec<String> {
        table.take_changed().into_iter().collect()
    }

    fn example() -> Table<u8> {
        let items = [("a", 1), ("b", 2), ("c", 3)];
        let items = items.map(|(id, item)| (id.to_owned(), item));
        Table::from(BTreeMap::from(items))
    }

    #[test]
    fn every_way_to_an_item_is_noted_and_looks_are_not() {
        let mut table = example();
        assert_eq!(changed(&mut table), ["a", "b", "c"]);
        assert_eq!((table.get("a"), table.len()), (Some(&1), 3));
        assert!(table.remove("x").is_none() && table.get_mut("x").is_none());
        assert!(changed(&mut table).is_empty());
        *table.get_mut("a").unwrap() += 1;
        assert_eq!(changed(&mut table), ["a"]);
        *table.find_mut(|item| *item == 3).unwrap() += 1;
        assert_eq!(changed(&mut table), ["c"]);
        for item in table.filter_mut(|item| *item == 2) {
            *item = 0;
        }
        assert_eq!(changed(&mut table), ["a", "b"]);
        table.insert("d".to_owned(), 9);
        assert_eq!(changed(&mut table), ["d"]);
        table.retain(|item| *item != 0);
        assert_eq!(changed(&mut table), ["a", "b"]);
        table.remove("c");
        assert_eq!(changed(&mut table), ["c"]);
    }

    #[test]
    fn a_copy_shares_what_neither_changes_and_sees_no_change_of_the_other() {
        let mut table = example();
        let copy = table.clone();
        *table.get_mut("a").unwrap() = 7;
        table.remove("b");
        assert_eq!((copy.get("a"), copy.get("b")), (Some(&1), Some(&2)));
        assert_eq!(
            (
                copy.with_key("is 7").count(),
                table.with_key("is 7").count()
            ),
            (0, 1)
        );
        let same = |id| Arc::ptr_eq(&table.shared(id).unwrap(), &copy.shared(id).unwrap());
        assert!(same("c") && !same("a"));
    }

    #[test]
    fn keys_sums_and_seats_of_many_that_changed_at_once_are_those_of_the_moment() {
        let mut table: Table<u8> = Table::default();
        for number in 0..100_u8 {
            table.insert(format!("{number:02}"), number);
            assert!(table.unfiled.len() <= MOST_UNFILED);
        }
        for (id, to) in [("07", 200), ("99", 201), ("50", 202)] {
            *table.get_mut(id).unwrap() = to;
        }
        table.retain(|item| *item % 2 == 1);
        assert_eq!(
            (
                table.with_key("is 7").count(),
                table.with_key("is 50").count()
            ),
            (0, 0)
        );
        assert_eq!(
            (
                table.with_key("is 201").count(),
                table.with_key("is 51").count()
            ),
            (1, 1)
        );
        let all = table.values().map(|item| usize::from(*item)).sum::<usize>();
        assert_eq!(table.sum("all"), all);
        assert_eq!(table.free_seat("row", &(1..100)), Some(2));
        assert_eq!(changed(&mut table).len(), 100);
    }

    #[test]
    fn keys_and_sums_are_those_of_the_moment_looked_at_or_not() {
        for look in [true, false] {
            let mut table = example();
            let mut step = |change: fn(&mut Table<u8>), twos: usize| {
                change(&mut table);
                if look {
                    table.take_changed();
                }
                assert_eq!(table.with_key("is 2").count(), twos);
                let all = table.values().map(|item| usize::from(*item)).sum::<usize>();
                assert_eq!((table.sum("all"), table.sum("none")), (all, 0));
            };
            step(|_| (), 1);
            step(|table| *table.get_mut("a").unwrap() = 2, 2);
            step(|table| *table.get_mut("b").unwrap() = 7, 1);
            step(|table| assert_eq!(table.remove("a"), Some(2)), 0);
            step(|table| table.insert("a".to_owned(), 2), 1);
            step(|table| table.retain(|item| *item != 2), 0);
        }
    }

    #[test]
    fn the_lowest_free_seat_is_that_of_the_moment_looked_at_or_not() {
        for look in [true, false] {
            let mut table = example();
            let mut step = |change: fn(&mut Table<u8>), free: Option<u32>| {
                change(&mut table);
                if look {
                    table.take_changed();
                }
                let seats = 1..6_u32;
                assert_eq!(table.free_seat("row", &seats), free);
                assert_eq!(table.free_seat("another", &seats), Some(1));
                for seat in seats {
                    let taken = table.values().any(|item| u32::from(*item) == seat);
                    assert_eq!(table.is_taken("row", seat), taken, "{seat}");
                }
            };
            step(|_| (), Some(4));
            step(|table| table.insert("d".to_owned(), 4), Some(5));
            step(|table| *table.get_mut("b").unwrap() = 5, Some(2));
            // Two change places.
            let swap = |table: &mut Table<u8>| {
                *table.get_mut("b").unwrap() = 3;
                *table.get_mut("c").unwrap() = 5;
            };
            step(swap, Some(2));
            step(|table| table.insert("e".to_owned(), 2), None);
            step(|table| assert_eq!(table.remove("a"), Some(1)), Some(1));
            let loaded = serde_json::to_value(&table).unwrap();
            table = serde_json::from_value(loaded).unwrap();
            assert_eq!(table.free_seat("row", &(1..6)), Some(1));
        }
    }
}
