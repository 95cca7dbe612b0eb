//! Identifiers as dense numbers.

use hashbrown::HashTable;

/// No identifier.
pub const NO_ID: u32 = u32::MAX;

/// Numbers identifiers 0, 1, 2, … in the order in which they are first seen.
///
/// Their texts lie one after the other, so that six million of them are one
/// allocation.
///
/// ```
/// use boligspor::register::deliveries::Ids;
/// let mut ids = Ids::default();
/// assert_eq!((ids.number("b"), ids.number("a"), ids.number("b")), (0, 1, 0));
/// assert_eq!((ids.text(1), ids.find("c")), ("a", None));
/// ```
#[derive(Clone, Default)]
pub struct Ids {
    table: HashTable<u32>,
    texts: String,
    ends: Vec<usize>,
}

fn hash(text: &str) -> u64 {
    // FNV-1a with a final mix: the same on every machine.
    let mut h = 0xCBF2_9CE4_8422_2325_u64;
    for chunk in text.as_bytes().chunks(8) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        h = (h ^ u64::from_le_bytes(word)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        h ^= h >> 29;
    }
    h ^ (text.len() as u64) << 56
}

impl Ids {
    /// The number of an identifier, a new one where it has none.
    pub fn number(&mut self, text: &str) -> u32 {
        let Self { table, texts, ends } = self;
        let at = |i: u32| of(texts, ends, i);
        let key = hash(text);
        if let Some(i) = table.find(key, |i| at(*i) == text) {
            return *i;
        }
        let new = ends.len() as u32;
        texts.push_str(text);
        ends.push(texts.len());
        let (texts, ends) = (&*texts, &*ends);
        table.insert_unique(key, new, |i| hash(of(texts, ends, *i)));
        new
    }

    /// The number of an identifier, if it has one.
    pub fn find(&self, text: &str) -> Option<u32> {
        self.table
            .find(hash(text), |i| self.text(*i) == text)
            .copied()
    }

    /// The identifier of a number.
    pub fn text(&self, number: u32) -> &str {
        of(&self.texts, &self.ends, number)
    }

    /// A number that two different texts have in common less often than once in
    /// four billion, where nothing needs to be looked up by it.
    pub(in crate::register) fn fingerprint(text: &str) -> u32 {
        let h = hash(text);
        let mixed = (h ^ (h >> 32)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        ((mixed >> 32) as u32).min(NO_ID - 1)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
}

fn of<'a>(texts: &'a str, ends: &[usize], number: u32) -> &'a str {
    let i = number as usize;
    let start = if i == 0 { 0 } else { ends[i - 1] };
    &texts[start..ends[i]]
}

/// How many, never which.
impl std::fmt::Debug for Ids {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ids").field("len", &self.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_identifiers_keep_their_numbers() {
        let mut ids = Ids::default();
        for i in 0..50_000_u32 {
            assert_eq!(ids.number(&format!("{i:010}")), i);
        }
        for i in (0..50_000_u32).rev() {
            assert_eq!(ids.find(&format!("{i:010}")), Some(i));
            assert_eq!(ids.number(&format!("{i:010}")), i);
        }
        assert_eq!((ids.find("7"), ids.len()), (None, 50_000));
        assert!(!format!("{ids:?}").contains("0000000007"));
    }
}
