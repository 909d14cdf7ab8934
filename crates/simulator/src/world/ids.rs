//! New ids: hashes of what they are for, so that one more or less changes no other.

use super::{Place, World};

impl World {
    /// The n of the n-th resource of this type and logical name, which makes ids independent of everything else.
    fn count(&mut self, place: &Place, kind: &str, name: &str) -> String {
        let minted = self
            .minted
            .entry(format!("{}/{}/{kind}/{name}", place.account, place.region))
            .or_default();
        *minted += 1;
        format!("{minted}")
    }

    /// A new id such as `subnet-0f3c…`: `digits` hexadecimal digits after the prefix, drawn for the type and the
    /// resource's logical name (a stack and logical id, a name given by the caller, or nothing).
    pub fn mint(
        &mut self,
        place: &Place,
        kind: &str,
        name: &str,
        prefix: &str,
        digits: usize,
    ) -> String {
        let n = self.count(place, kind, name);
        let parts = ["id", &place.account, &place.region, kind, name, &n];
        format!("{prefix}{}", crate::draw::hex(self.seed, &parts, digits))
    }

    /// A new UUID.
    pub fn mint_uuid(&mut self, place: &Place, kind: &str, name: &str) -> String {
        let n = self.count(place, kind, name);
        crate::draw::uuid(
            self.seed,
            &["uuid", &place.account, &place.region, kind, name, &n],
        )
    }

    /// `length` letters out of an alphabet, for names that AWS completes.
    pub fn mint_letters(
        &mut self,
        place: &Place,
        kind: &str,
        name: &str,
        alphabet: &[u8],
        length: usize,
    ) -> String {
        let n = self.count(place, kind, name);
        crate::draw::letters(
            self.seed,
            &["letters", &place.account, &place.region, kind, name, &n],
            alphabet,
            length,
        )
    }
}
