//! Where a person is, and which home stays theirs meanwhile.
//!
//! Registers overlap: a tenancy runs on while its tenant is in hospital or
//! prison. So the model's state is a pair, the tenancy held and the place the
//! person is at. Places that nobody with a home of their own uses in this model
//! (street, sofa, hotel, …) come without a tenancy only.

/// The tenancy a person holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tenancy {
    None,
    /// The dwelling allotted at placement.
    Allotted,
    /// Any other dwelling of one's own.
    Other,
}

/// The place a person is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    Home,
    Shelter,
    Hospital,
    Treatment,
    Prison,
    Street,
    Sofa,
    Hotel,
    Institution,
    Transitional,
    /// In no register.
    Unseen,
    Abroad,
    Dead,
}

impl Place {
    pub(crate) const ALL: [Self; 13] = [
        Self::Home,
        Self::Shelter,
        Self::Hospital,
        Self::Treatment,
        Self::Prison,
        Self::Street,
        Self::Sofa,
        Self::Hotel,
        Self::Institution,
        Self::Transitional,
        Self::Unseen,
        Self::Abroad,
        Self::Dead,
    ];

    /// The state's code in tables.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Home => "dwelling",
            Self::Shelter => "shelter",
            Self::Hospital => "hospital",
            Self::Treatment => "treatment",
            Self::Prison => "prison",
            Self::Street => "street",
            Self::Sofa => "sofa",
            Self::Hotel => "hotel",
            Self::Institution => "institution",
            Self::Transitional => "transitional",
            Self::Unseen => "unknown",
            Self::Abroad => "abroad",
            Self::Dead => "dead",
        }
    }

    /// The register that tells of it.
    pub(crate) fn source(self) -> &'static str {
        match self {
            Self::Home => "bef",
            Self::Shelter => "shelter_register",
            Self::Hospital => "lpr",
            Self::Treatment => "sib",
            Self::Prison => "krin",
            Self::Street | Self::Sofa | Self::Hotel => "case_file",
            Self::Institution | Self::Transitional => "social_services",
            Self::Abroad => "vnds",
            Self::Unseen | Self::Dead => "",
        }
    }
}

/// A state of the chain: an index into its 22 pairs of tenancy and place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Spot(u8);

const PAIRS: [(Tenancy, Place); Spot::COUNT] = {
    use Place::{
        Abroad, Dead, Home, Hospital, Hotel, Institution, Prison, Shelter, Sofa, Street,
        Transitional, Treatment, Unseen,
    };
    use Tenancy::{Allotted, None, Other};
    [
        (Allotted, Home),
        (Other, Home),
        (None, Shelter),
        (Allotted, Shelter),
        (Other, Shelter),
        (None, Hospital),
        (Allotted, Hospital),
        (Other, Hospital),
        (None, Treatment),
        (Allotted, Treatment),
        (Other, Treatment),
        (None, Prison),
        (Allotted, Prison),
        (Other, Prison),
        (None, Street),
        (None, Sofa),
        (None, Hotel),
        (None, Institution),
        (None, Transitional),
        (None, Unseen),
        (None, Abroad),
        (None, Dead),
    ]
};

impl Spot {
    pub(crate) const COUNT: usize = 22;
    pub(crate) const ALLOTTED_HOME: Self = Self(0);
    pub(crate) const OTHER_HOME: Self = Self(1);
    pub(crate) const SHELTER: Self = Self(2);
    pub(crate) const HOSPITAL: Self = Self(5);
    pub(crate) const TREATMENT: Self = Self(8);
    pub(crate) const PRISON: Self = Self(11);
    pub(crate) const STREET: Self = Self(14);
    pub(crate) const SOFA: Self = Self(15);
    pub(crate) const HOTEL: Self = Self(16);
    pub(crate) const INSTITUTION: Self = Self(17);
    pub(crate) const TRANSITIONAL: Self = Self(18);
    pub(crate) const UNSEEN: Self = Self(19);
    pub(crate) const ABROAD: Self = Self(20);
    pub(crate) const DEAD: Self = Self(21);

    /// Every state of the chain.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        (0..Self::COUNT as u8).map(Self)
    }

    /// The same tenancy at another place: home, shelter, hospital, treatment or prison.
    pub(crate) fn keeping(tenancy: Tenancy, place: Place) -> Self {
        let found = Self::all().find(|s| s.tenancy() == tenancy && s.place() == place);
        debug_assert!(found.is_some(), "{tenancy:?} with {place:?}");
        found.unwrap_or(Self::UNSEEN)
    }

    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }

    pub(crate) fn tenancy(self) -> Tenancy {
        PAIRS[self.index()].0
    }

    pub(crate) fn place(self) -> Place {
        PAIRS[self.index()].1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_spots_are_the_pairs_they_say() {
        let named = [
            (Spot::ALLOTTED_HOME, Tenancy::Allotted, Place::Home),
            (Spot::OTHER_HOME, Tenancy::Other, Place::Home),
            (Spot::SHELTER, Tenancy::None, Place::Shelter),
            (Spot::HOSPITAL, Tenancy::None, Place::Hospital),
            (Spot::TREATMENT, Tenancy::None, Place::Treatment),
            (Spot::PRISON, Tenancy::None, Place::Prison),
            (Spot::STREET, Tenancy::None, Place::Street),
            (Spot::SOFA, Tenancy::None, Place::Sofa),
            (Spot::HOTEL, Tenancy::None, Place::Hotel),
            (Spot::INSTITUTION, Tenancy::None, Place::Institution),
            (Spot::TRANSITIONAL, Tenancy::None, Place::Transitional),
            (Spot::UNSEEN, Tenancy::None, Place::Unseen),
            (Spot::ABROAD, Tenancy::None, Place::Abroad),
            (Spot::DEAD, Tenancy::None, Place::Dead),
        ];
        for (spot, tenancy, place) in named {
            assert_eq!((spot.tenancy(), spot.place()), (tenancy, place));
            assert_eq!(Spot::keeping(tenancy, place), spot);
        }
    }
}
