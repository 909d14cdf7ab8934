//! Chance without a stream: every draw is a hash of what it is drawn for.

use sha2::{Digest, Sha256};

fn hash(seed: u64, parts: &[&str]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(seed.to_le_bytes());
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().into()
}

/// A number in `[0, 1)` that depends on the seed and the parts alone.
#[expect(
    clippy::cast_precision_loss,
    reason = "53 bits are what a double holds"
)]
pub fn unit(seed: u64, parts: &[&str]) -> f64 {
    let bytes = hash(seed, parts);
    let mut head = [0; 8];
    head.copy_from_slice(&bytes[..8]);
    (u64::from_le_bytes(head) >> 11) as f64 / (1_u64 << 53) as f64
}

/// `length` characters out of `alphabet` that depend on the seed and the parts alone.
pub fn letters(seed: u64, parts: &[&str], alphabet: &[u8], length: usize) -> String {
    let bytes = hash(seed, parts);
    (0..length)
        .map(|at| {
            char::from(
                alphabet[usize::from(
                    bytes[at % 32] ^ u8::try_from(at / 32 * 37 % 256).unwrap_or(0),
                ) % alphabet.len()],
            )
        })
        .collect()
}

/// `length` hexadecimal digits.
pub fn hex(seed: u64, parts: &[&str], length: usize) -> String {
    letters(seed, parts, b"0123456789abcdef", length)
}

/// A UUID in form, for request ids, event ids and stack ARNs.
pub fn uuid(seed: u64, parts: &[&str]) -> String {
    let digits = hex(seed, parts, 32);
    format!(
        "{}-{}-{}-{}-{}",
        &digits[..8],
        &digits[8..12],
        &digits[12..16],
        &digits[16..20],
        &digits[20..]
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_depends_on_its_parts_alone() {
        assert!((unit(1, &["a", "b"]) - unit(1, &["a", "b"])).abs() < f64::EPSILON);
        assert!((unit(1, &["a", "b"]) - unit(1, &["ab", ""])).abs() > f64::EPSILON);
        assert!((unit(1, &["a"]) - unit(2, &["a"])).abs() > f64::EPSILON);
        assert_eq!(hex(7, &["x"], 17).len(), 17);
        assert_eq!(uuid(7, &["x"]).len(), 36);
    }

    #[test]
    fn draws_cover_the_unit_interval() {
        let draws: Vec<f64> = (0..1000)
            .map(|n| unit(3, &["spread", &n.to_string()]))
            .collect();
        assert!(draws.iter().all(|draw| (0.0..1.0).contains(draw)));
        assert!(
            draws
                .iter()
                .filter(|draw| **draw < 0.5)
                .count()
                .abs_diff(500)
                < 80
        );
    }
}
