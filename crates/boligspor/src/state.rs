//! The housing states: where a person lives on a day.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::lang::Lang;

/// Where a person is on a given day. Exactly one holds for each person and day.
///
/// The mapping to ETHOS Light and to the nine situations of the Danish count
/// is in `docs/states.md`.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum State {
    /// Dead, from the day of death on.
    Dead,
    /// Living abroad.
    Abroad,
    /// In prison or remand.
    Prison,
    /// Admitted to a hospital.
    Hospital,
    /// In residential treatment.
    Treatment,
    /// In a shelter (Danish Social Services Act §110).
    Shelter,
    /// In a residential institution (§107/§108).
    Institution,
    /// On the street or in an emergency night place.
    Street,
    /// In a hotel or hostel for want of a home.
    Hotel,
    /// With family or friends without a contract.
    Sofa,
    /// In transitional housing without a permanent contract.
    Transitional,
    /// In a dwelling of one's own.
    Dwelling,
    /// Not known. Never silently counted as housed or homeless.
    Unknown,
}

impl State {
    /// Every state, in the default precedence: an earlier one wins a day.
    pub const ALL: [State; 13] = [
        Self::Dead,
        Self::Abroad,
        Self::Prison,
        Self::Hospital,
        Self::Treatment,
        Self::Shelter,
        Self::Institution,
        Self::Street,
        Self::Hotel,
        Self::Sofa,
        Self::Transitional,
        Self::Dwelling,
        Self::Unknown,
    ];

    /// How many states there are.
    pub const COUNT: usize = Self::ALL.len();

    /// The state's code, as written in tables.
    pub fn code(self) -> &'static str {
        match self {
            Self::Dead => "dead",
            Self::Abroad => "abroad",
            Self::Prison => "prison",
            Self::Hospital => "hospital",
            Self::Treatment => "treatment",
            Self::Shelter => "shelter",
            Self::Institution => "institution",
            Self::Street => "street",
            Self::Hotel => "hotel",
            Self::Sofa => "sofa",
            Self::Transitional => "transitional",
            Self::Dwelling => "dwelling",
            Self::Unknown => "unknown",
        }
    }

    /// The state with this code, if there is one.
    ///
    /// ```
    /// use boligspor::State;
    /// assert_eq!(State::from_code("shelter"), Some(State::Shelter));
    /// assert_eq!(State::from_code("castle"), None);
    /// ```
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.code() == code)
    }

    /// The state in words.
    pub fn label(self, lang: Lang) -> &'static str {
        let (da, en) = match self {
            Self::Dead => ("død", "dead"),
            Self::Abroad => ("i udlandet", "abroad"),
            Self::Prison => ("fængsel", "prison"),
            Self::Hospital => ("hospital", "hospital"),
            Self::Treatment => ("behandling", "treatment"),
            Self::Shelter => ("herberg (§110)", "shelter"),
            Self::Institution => ("botilbud (§107/§108)", "institution"),
            Self::Street => ("gaden", "street"),
            Self::Hotel => ("hotel", "hotel"),
            Self::Sofa => ("hos familie/venner", "family or friends"),
            Self::Transitional => ("udslusningsbolig", "transitional"),
            Self::Dwelling => ("egen bolig", "own home"),
            Self::Unknown => ("ukendt", "unknown"),
        };
        lang.pick(da, en)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Which state wins a day that several stays claim: an order of all states,
/// strongest first, with `unknown` always last.
///
/// ```
/// use boligspor::{Precedence, State};
/// let p = Precedence::default();
/// assert!(p.rank(State::Prison) < p.rank(State::Dwelling));
/// // A study may let a dwelling win over a hospital stay:
/// let p = Precedence::new(&[State::Dead, State::Dwelling, State::Hospital]).unwrap();
/// assert!(p.rank(State::Dwelling) < p.rank(State::Hospital));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<State>", into = "Vec<State>")]
pub struct Precedence {
    order: [State; State::COUNT],
    rank: [u8; State::COUNT],
}

impl Precedence {
    /// An order from the states named first; the others follow in the default order.
    ///
    /// # Errors
    /// [`Error::Option`] where a state is named twice or `unknown` is not last.
    pub fn new(first: &[State]) -> Result<Self> {
        let mut order = Vec::with_capacity(State::COUNT);
        for &state in first {
            if order.contains(&state) {
                return Err(Error::option(
                    "precedence",
                    format!("names `{state}` twice"),
                    "name each state once",
                ));
            }
            order.push(state);
        }
        order.extend(State::ALL.into_iter().filter(|s| !first.contains(s)));
        if order.last() != Some(&State::Unknown) {
            return Err(Error::option(
                "precedence",
                "puts `unknown` before a known state",
                "leave `unknown` out: it fills the days that no stay claims",
            ));
        }
        let mut rank = [0; State::COUNT];
        for (i, state) in order.iter().enumerate() {
            rank[*state as usize] = i as u8;
        }
        let mut all = State::ALL;
        all.copy_from_slice(&order);
        Ok(Self { order: all, rank })
    }

    /// A state's place in the order, 0 the strongest.
    pub fn rank(&self, state: State) -> u8 {
        self.rank[state as usize]
    }

    /// All states, strongest first.
    pub fn order(&self) -> &[State] {
        &self.order
    }
}

impl Default for Precedence {
    fn default() -> Self {
        let mut rank = [0; State::COUNT];
        for (i, state) in State::ALL.into_iter().enumerate() {
            rank[state as usize] = i as u8;
        }
        Self {
            order: State::ALL,
            rank,
        }
    }
}

impl TryFrom<Vec<State>> for Precedence {
    type Error = Error;

    fn try_from(first: Vec<State>) -> Result<Self> {
        Self::new(&first)
    }
}

impl From<Precedence> for Vec<State> {
    fn from(p: Precedence) -> Self {
        p.order.to_vec()
    }
}

impl JsonSchema for Precedence {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Precedence".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        <Vec<State>>::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_read_back() {
        for (i, s) in State::ALL.into_iter().enumerate() {
            assert_eq!(s as usize, i);
            assert_eq!(State::from_code(s.code()), Some(s));
        }
    }

    #[test]
    fn a_precedence_names_each_state_once_and_unknown_last() {
        assert!(Precedence::new(&[State::Dead, State::Dead]).is_err());
        assert!(Precedence::new(&[State::Unknown]).is_err());
        assert_eq!(Precedence::default().order(), State::ALL);
    }
}
