//! Identifiers as dense numbers.
//!
//! Each row of a register names a person, and many an address. To look these up
//! is what reading a country's registers mostly waits for: the table is larger
//! than any cache. So short identifiers stand in the table itself, one read of
//! memory each, and many are looked up together, so that the reads do not wait
//! for one another.

/// No identifier.
pub const NO_ID: u32 = u32::MAX;

/// The longest identifier that stands in the table itself.
const SHORT: usize = 15;

/// The last byte of the key of a longer one.
const LONG: u8 = u8::MAX;

/// Identifiers looked up together.
const TOGETHER: usize = 32;

/// A short identifier, filled up with zeros, and its length in the last byte.
/// Of a longer one the hash; where its text is stands in the list by number.
type Key = [u8; 16];

/// A place in the table: a key and its number, [`NO_ID`] where it is free.
#[derive(Clone, Copy)]
struct Slot {
    // Without the alignment of larger words a slot has 20 bytes instead of 32.
    key: Key,
    number: [u8; 4],
}

const FREE: Slot = Slot {
    key: [0; 16],
    number: NO_ID.to_ne_bytes(),
};

impl Slot {
    fn number(self) -> u32 {
        u32::from_ne_bytes(self.number)
    }
}

/// Numbers identifiers 0, 1, 2, … in the order in which they are first seen.
///
/// ```
/// use boligspor::register::deliveries::Ids;
/// let mut ids = Ids::default();
/// assert_eq!((ids.number("b"), ids.number("a"), ids.number("b")), (0, 1, 0));
/// assert_eq!((ids.text(1), ids.find("c")), ("a", None));
/// ```
#[derive(Clone, Default)]
pub struct Ids {
    /// A power of two, none or at most five eighths taken; a key is at the place that its
    /// hash tells, or the next free one after it.
    slots: Vec<Slot>,
    /// By number: the key or, of a long identifier, where its text ends.
    keys: Vec<Key>,
    /// Long identifiers, one after the other.
    texts: String,
}

const K0: u64 = 0x9E37_79B9_7F4A_7C15;
const K1: u64 = 0xD6E8_FEB8_6659_FD93;

/// Both halves of a product: the same on every machine.
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a ^ K0) * u128::from(b ^ K1);
    (product >> 64) as u64 ^ product as u64
}

fn hash_of(key: &Key) -> u64 {
    let (words, _) = key.as_chunks::<8>();
    fold(u64::from_le_bytes(words[0]), u64::from_le_bytes(words[1]))
}

fn key_of(text: &str) -> Key {
    let bytes = text.as_bytes();
    let mut key = [0; 16];
    if bytes.len() <= SHORT {
        key[..bytes.len()].copy_from_slice(bytes);
        key[SHORT] = bytes.len() as u8;
        return key;
    }
    let mut hash = bytes.len() as u64;
    for chunk in bytes.chunks(8) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        hash = fold(hash, u64::from_le_bytes(word));
    }
    key[..8].copy_from_slice(&hash.to_le_bytes());
    key[SHORT] = LONG;
    key
}

impl Ids {
    /// The number of an identifier, a new one where it has none.
    pub fn number(&mut self, text: &str) -> u32 {
        let key = key_of(text);
        if (self.keys.len() + 1) * 8 > self.slots.len() * 5 {
            self.grow();
        }
        let at = self.slot(&key, text);
        let known = self.slots[at].number();
        if known != NO_ID {
            return known;
        }
        let new = self.keys.len() as u32;
        self.slots[at] = Slot {
            key,
            number: new.to_ne_bytes(),
        };
        if key[SHORT] == LONG {
            let mut place = key;
            let start = self.texts.len() as u64;
            place[..8].copy_from_slice(&start.to_le_bytes());
            place[8..12].copy_from_slice(&(text.len() as u32).to_le_bytes());
            self.texts.push_str(text);
            self.keys.push(place);
        } else {
            self.keys.push(key);
        }
        new
    }

    /// The number of an identifier, if it has one.
    pub fn find(&self, text: &str) -> Option<u32> {
        if self.slots.is_empty() {
            return None;
        }
        let known = self.slots[self.slot(&key_of(text), text)].number();
        (known != NO_ID).then_some(known)
    }

    /// The numbers of identifiers, [`NO_ID`] where there is none; where `add`, new
    /// ones get a number.
    pub(in crate::register) fn numbers<'a>(
        &mut self,
        texts: impl Iterator<Item = Option<&'a str>>,
        add: bool,
    ) -> Vec<u32> {
        let mut numbers = Vec::with_capacity(texts.size_hint().0);
        let mut texts = texts.fuse();
        let mut keys = [(None, [0; 16]); TOGETHER];
        loop {
            let mut n = 0;
            for text in texts.by_ref().take(TOGETHER) {
                keys[n] = (text, text.map_or([0; 16], key_of));
                n += 1;
            }
            if n == 0 {
                return numbers;
            }
            // Reads that do not wait for one another: most find what they look for.
            let mut first = [FREE; TOGETHER];
            if !self.slots.is_empty() {
                for (slot, (_, key)) in first.iter_mut().zip(&keys[..n]) {
                    *slot = self.slots[self.home(key)];
                }
            }
            for (slot, (text, key)) in first.iter().zip(&keys[..n]) {
                numbers.push(match text {
                    None => NO_ID,
                    // A free place looks as one of the empty text does.
                    Some(_) if slot.key == *key && key[SHORT] != LONG && slot.number() != NO_ID => {
                        slot.number()
                    }
                    Some(text) if add => self.number(text),
                    Some(text) => self.find(text).unwrap_or(NO_ID),
                });
            }
        }
    }

    /// The identifier of a number.
    pub fn text(&self, number: u32) -> &str {
        let key = &self.keys[number as usize];
        if key[SHORT] == LONG {
            let (start, length) = place(key);
            return &self.texts[start..start + length];
        }
        // Whole characters went in.
        std::str::from_utf8(&key[..usize::from(key[SHORT])]).unwrap_or_default()
    }

    /// A number that two different texts have in common less often than once in
    /// four billion, where nothing needs to be looked up by it.
    pub(in crate::register) fn fingerprint(text: &str) -> u32 {
        ((hash_of(&key_of(text)) >> 32) as u32).min(NO_ID - 1)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Where a key is looked for first.
    fn home(&self, key: &Key) -> usize {
        hash_of(key) as usize & (self.slots.len() - 1)
    }

    /// The place that an identifier has, or would have.
    fn slot(&self, key: &Key, text: &str) -> usize {
        let mut at = self.home(key);
        loop {
            let slot = &self.slots[at];
            let number = slot.number();
            if number == NO_ID
                || (slot.key == *key && (key[SHORT] != LONG || self.text(number) == text))
            {
                return at;
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    /// Twice as many places. Keys of long identifiers are told apart already.
    fn grow(&mut self) {
        let more = vec![FREE; (self.slots.len() * 2).max(64)];
        let old = std::mem::replace(&mut self.slots, more);
        for slot in old {
            if slot.number() != NO_ID {
                let mut at = self.home(&slot.key);
                while self.slots[at].number() != NO_ID {
                    at = (at + 1) & (self.slots.len() - 1);
                }
                self.slots[at] = slot;
            }
        }
    }
}

/// Where the text of a long identifier begins, and its length.
fn place(key: &Key) -> (usize, usize) {
    let (words, _) = key.as_chunks::<8>();
    let start = u64::from_le_bytes(words[0]) as usize;
    let length = (u64::from_le_bytes(words[1]) & u64::from(u32::MAX)) as usize;
    (start, length)
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

    fn check(text: impl Fn(u32) -> String) {
        let mut ids = Ids::default();
        for i in 0..50_000_u32 {
            assert_eq!(ids.number(&text(i)), i);
        }
        for i in (0..50_000_u32).rev() {
            assert_eq!(ids.find(&text(i)), Some(i));
            assert_eq!(ids.number(&text(i)), i);
            assert_eq!(ids.text(i), text(i));
        }
        assert_eq!((ids.find("7"), ids.len()), (None, 50_000));
        assert!(!format!("{ids:?}").contains("0000000007"));
    }

    #[test]
    fn many_identifiers_keep_their_numbers() {
        check(|i| format!("{i:010}"));
        check(|i| format!("{i:015}"));
        check(|i| format!("{i:016}"));
        check(|i| format!("ål-{i:040}"));
    }

    #[test]
    fn together_they_get_the_numbers_that_they_get_one_by_one() {
        let texts: Vec<Option<String>> = (0..10_000_u32)
            .map(|i| (i % 7 != 0).then(|| format!("{:0w$}", i / 3, w = 5 + i as usize % 20)))
            .collect();
        let one_by_one = |ids: &mut Ids| -> Vec<u32> {
            let number =
                |t: &Option<String>, ids: &mut Ids| t.as_ref().map_or(NO_ID, |t| ids.number(t));
            texts.iter().map(|t| number(t, ids)).collect()
        };
        let (mut a, mut b) = (Ids::default(), Ids::default());
        let wanted = one_by_one(&mut a);
        let texts = || texts.iter().map(Option::as_deref);
        assert_eq!(b.numbers(texts(), false), vec![NO_ID; 10_000]);
        assert_eq!(b.numbers(texts(), true), wanted);
        assert_eq!(b.numbers(texts(), false), wanted);
        assert_eq!(a.len(), b.len());
    }

    #[test]
    fn what_differs_in_length_or_in_zeros_only_is_not_the_same() {
        let mut ids = Ids::default();
        let texts = [
            "",
            "\0",
            "\0\0",
            "a",
            "a\0",
            "000000000000000",
            "0000000000000000",
        ];
        for (i, text) in texts.iter().enumerate() {
            assert_eq!(ids.number(text), i as u32);
        }
        for (i, text) in texts.iter().enumerate() {
            assert_eq!(
                (ids.find(text), ids.text(i as u32)),
                (Some(i as u32), *text)
            );
        }
    }
}
