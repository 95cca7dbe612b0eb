//! Where a person is seen at a horizon, in the terms of a retention table.

use crate::lang::Lang;
use crate::register::NO_DWELLING;
use crate::state::State;
use crate::timeline::Segment;

/// A state, with dwellings told apart: the allotted one or another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// In the allotted dwelling.
    Allotted,
    /// In another dwelling of their own.
    OtherDwelling,
    /// In a state that is no dwelling of their own.
    State(State),
}

impl Place {
    /// How many places there are.
    pub const COUNT: usize = State::COUNT + 1;

    /// Every place: dwellings first, then the states from the nearest to a
    /// home to the furthest, the unknown and the dead last.
    pub const ALL: [Place; Self::COUNT] = [
        Self::Allotted,
        Self::OtherDwelling,
        Self::State(State::Transitional),
        Self::State(State::Institution),
        Self::State(State::Sofa),
        Self::State(State::Hotel),
        Self::State(State::Shelter),
        Self::State(State::Street),
        Self::State(State::Treatment),
        Self::State(State::Hospital),
        Self::State(State::Prison),
        Self::State(State::Abroad),
        Self::State(State::Unknown),
        Self::State(State::Dead),
    ];

    /// The place of a segment, for someone allotted this dwelling.
    pub(crate) fn of(segment: &Segment, allotted: u32) -> Self {
        match segment.state {
            State::Dwelling if allotted != NO_DWELLING && segment.dwelling == allotted => {
                Self::Allotted
            }
            State::Dwelling => Self::OtherDwelling,
            state => Self::State(state),
        }
    }

    /// The place's position in [`Place::ALL`].
    pub fn index(self) -> usize {
        match self {
            Self::Allotted => 0,
            Self::OtherDwelling => 1,
            Self::State(state) => match state {
                State::Transitional => 2,
                State::Institution => 3,
                State::Sofa => 4,
                State::Hotel => 5,
                State::Shelter => 6,
                State::Street => 7,
                State::Treatment => 8,
                State::Hospital => 9,
                State::Prison => 10,
                State::Abroad => 11,
                State::Unknown => 12,
                State::Dead => 13,
                // A dwelling is one of the first two; `of` never makes this.
                State::Dwelling => 1,
            },
        }
    }

    /// The place's code, as written in result tables.
    pub fn code(self) -> &'static str {
        match self {
            Self::Allotted => "allotted_dwelling",
            Self::OtherDwelling => "other_dwelling",
            Self::State(state) => state.code(),
        }
    }

    /// The place in words.
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Allotted => lang.pick("den tildelte bolig", "allotted dwelling"),
            Self::OtherDwelling => lang.pick("anden egen bolig", "another dwelling"),
            Self::State(state) => state.label(lang),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_stands_at_its_index() {
        for (i, place) in Place::ALL.into_iter().enumerate() {
            assert_eq!(place.index(), i);
        }
    }
}
