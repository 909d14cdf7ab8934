//! What exists of one kind, by id. A table notes what may have changed in it, so that the index has to look at nothing
//! else: nobody gets at an item to change it without the table's knowing.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;

use serde::{Deserialize, Serialize};

/// Items by id, and what of them may have changed since somebody looked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Table<T> {
    items: BTreeMap<String, T>,
    changed: BTreeSet<String>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self {
            items: BTreeMap::new(),
            changed: BTreeSet::new(),
        }
    }
}

/// Whoever only reads sees a map.
impl<T> Deref for Table<T> {
    type Target = BTreeMap<String, T>;

    fn deref(&self) -> &Self::Target {
        &self.items
    }
}

impl<T> Table<T> {
    pub(crate) fn insert(&mut self, id: String, item: T) {
        self.changed.insert(id.clone());
        self.items.insert(id, item);
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<T> {
        let gone = self.items.remove(id)?;
        self.changed.insert(id.to_owned());
        Some(gone)
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        let item = self.items.get_mut(id)?;
        self.changed.insert(id.to_owned());
        Some(item)
    }

    /// The item of this id, which is made first where there is none.
    pub(crate) fn get_or_insert_with(&mut self, id: &str, make: impl FnOnce() -> T) -> &mut T {
        self.changed.insert(id.to_owned());
        self.items.entry(id.to_owned()).or_insert_with(make)
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
        let changed = &mut self.changed;
        let items = self.items.iter_mut();
        items
            .filter(move |(_, item)| wanted(item))
            .map(|(id, item)| {
                changed.insert(id.clone());
                item
            })
    }

    pub(crate) fn retain(&mut self, mut stays: impl FnMut(&T) -> bool) {
        let changed = &mut self.changed;
        self.items.retain(|id, item| {
            let stays = stays(item);
            if !stays {
                changed.insert(id.clone());
            }
            stays
        });
    }

    /// The ids of what may have come, changed or gone since this was asked last.
    pub(crate) fn take_changed(&mut self) -> BTreeSet<String> {
        std::mem::take(&mut self.changed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(table: &mut Table<u8>) -> Vec<String> {
        table.take_changed().into_iter().collect()
    }

    #[test]
    fn every_way_to_an_item_is_noted_and_looks_are_not() {
        let mut table = Table::default();
        for (id, item) in [("a", 1), ("b", 2), ("c", 3)] {
            table.insert(id.to_owned(), item);
        }
        assert_eq!(changed(&mut table), ["a", "b", "c"]);
        assert_eq!((table.get("a"), table.len()), (Some(&1), 3));
        assert!(table.remove("x").is_none() && table.get_mut("x").is_none());
        assert!(changed(&mut table).is_empty());
        *table.get_mut("a").unwrap() += 1;
        assert_eq!(changed(&mut table), ["a"]);
        *table.find_mut(|item| *item == 3).unwrap() += 1;
        assert_eq!(changed(&mut table), ["c"]);
        table
            .filter_mut(|item| *item == 2)
            .for_each(|item| *item = 0);
        assert_eq!(changed(&mut table), ["a", "b"]);
        table.get_or_insert_with("d", || 9);
        assert_eq!(changed(&mut table), ["d"]);
        table.retain(|item| *item != 0);
        assert_eq!(changed(&mut table), ["a", "b"]);
        table.remove("c");
        assert_eq!(changed(&mut table), ["c"]);
    }
}
