//! The registers that can be read, what each is asked for, and the public
//! names under which that is looked for.
//!
//! Names are those of docs/registers.md, which says where each is from. Where
//! a register's column names are not public, the field's own name is looked
//! for, and the mapping file says what the delivery calls it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A register, or a table of one's own, that deliveries can hold.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Population snapshots: who lived where on a reference date.
    Bef,
    /// Address spells of persons.
    Befbop,
    /// The municipality of each address.
    Befadr,
    /// Moves into and out of the country.
    Vnds,
    /// Deaths.
    Dod,
    /// Stays under §110 of the Social Services Act.
    Shelter,
    /// Hospital admissions, the register up to 2018/19.
    Lpr2,
    /// Hospital contacts, the register since.
    Lpr3,
    /// Psychiatric admissions.
    Psyk,
    /// Imprisonments.
    Krin,
    /// Treatment for substance use.
    Sib,
    /// Social services under §85, §107 and §108.
    Social,
    /// Public benefits, a column a week.
    Dream,
    /// Stays that a project has written down itself: street, sofa, hotel.
    Cases,
}

/// How the values of a field are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// An identifier.
    Id,
    /// A day, in any of the forms of docs/registers.md.
    Day,
    /// A code or word.
    Text,
}

/// What a register is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name in mapping files. A column of this name is always found.
    pub name: &'static str,
    /// How its values are read.
    pub kind: FieldKind,
    /// Whether every delivery must have it.
    pub required: bool,
    /// The public names of its column, in lower case.
    pub aliases: &'static [&'static str],
}

const fn must(name: &'static str, kind: FieldKind, aliases: &'static [&'static str]) -> Field {
    Field {
        name,
        kind,
        required: true,
        aliases,
    }
}

const fn may(name: &'static str, kind: FieldKind, aliases: &'static [&'static str]) -> Field {
    Field {
        name,
        kind,
        required: false,
        aliases,
    }
}

const PERSON: Field = must("person", FieldKind::Id, &["pnr"]);
const START: Field = must("start", FieldKind::Day, &[]);
const END: Field = may("end", FieldKind::Day, &[]);
const MUNICIPALITY: Field = may("municipality", FieldKind::Text, &["kom"]);

const BEF: &[Field] = &[
    PERSON,
    may("sex", FieldKind::Text, &["koen"]),
    may("birth_date", FieldKind::Day, &["foed_dag"]),
    MUNICIPALITY,
    may("address", FieldKind::Id, &["adresse_id"]),
    may("moved_in", FieldKind::Day, &["bop_vfra"]),
    may("reference", FieldKind::Day, &["referencetid"]),
];
const BEFBOP: &[Field] = &[
    PERSON,
    must("address", FieldKind::Id, &["adresse_id"]),
    must("start", FieldKind::Day, &["bop_vfra"]),
    may("end", FieldKind::Day, &["bop_vtil"]),
];
const BEFADR: &[Field] = &[
    must("address", FieldKind::Id, &["adresse_id"]),
    must("municipality", FieldKind::Text, &["kom"]),
];
const VNDS: &[Field] = &[
    PERSON,
    must("direction", FieldKind::Text, &["indud_kode"]),
    must("date", FieldKind::Day, &["haend_dato"]),
];
const DOD: &[Field] = &[PERSON, must("date", FieldKind::Day, &["doddato"])];
const SHELTER: &[Field] = &[
    PERSON,
    must("admitted", FieldKind::Day, &[]),
    may("discharged", FieldKind::Day, &[]),
    may("stay_type", FieldKind::Text, &[]),
    may("institution", FieldKind::Id, &[]),
    MUNICIPALITY,
];
const LPR2: &[Field] = &[
    PERSON,
    must("start", FieldKind::Day, &["d_inddto"]),
    may("end", FieldKind::Day, &["d_uddto"]),
    may("contact", FieldKind::Id, &["recnum"]),
    may("kind", FieldKind::Text, &[]),
];
const LPR3: &[Field] = &[
    PERSON,
    must("start", FieldKind::Day, &["dato_start"]),
    END,
    may("contact", FieldKind::Id, &["dw_ek_kontakt"]),
    may("kind", FieldKind::Text, &[]),
];
const SPELL: &[Field] = &[PERSON, START, END];
const SOCIAL: &[Field] = &[
    PERSON,
    START,
    END,
    must("paragraph", FieldKind::Text, &[]),
    MUNICIPALITY,
];
const DREAM: &[Field] = &[PERSON];
const CASES: &[Field] = &[
    PERSON,
    START,
    END,
    must("state", FieldKind::Text, &[]),
    MUNICIPALITY,
];

impl Kind {
    /// Every register.
    pub const ALL: [Kind; 14] = [
        Self::Bef,
        Self::Befbop,
        Self::Befadr,
        Self::Vnds,
        Self::Dod,
        Self::Shelter,
        Self::Lpr2,
        Self::Lpr3,
        Self::Psyk,
        Self::Krin,
        Self::Sib,
        Self::Social,
        Self::Dream,
        Self::Cases,
    ];

    /// Its name, as in mapping files, messages and the `source` of a stay.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bef => "bef",
            Self::Befbop => "befbop",
            Self::Befadr => "befadr",
            Self::Vnds => "vnds",
            Self::Dod => "dod",
            Self::Shelter => "shelter",
            Self::Lpr2 => "lpr2",
            Self::Lpr3 => "lpr3",
            Self::Psyk => "psyk",
            Self::Krin => "krin",
            Self::Sib => "sib",
            Self::Social => "social",
            Self::Dream => "dream",
            Self::Cases => "cases",
        }
    }

    /// What it is asked for: the preset of its columns.
    ///
    /// ```
    /// use boligspor::register::deliveries::Kind;
    /// let person = Kind::Vnds.fields().iter().find(|f| f.name == "person").unwrap();
    /// assert_eq!(person.aliases, ["pnr"]);
    /// ```
    pub fn fields(self) -> &'static [Field] {
        match self {
            Self::Bef => BEF,
            Self::Befbop => BEFBOP,
            Self::Befadr => BEFADR,
            Self::Vnds => VNDS,
            Self::Dod => DOD,
            Self::Shelter => SHELTER,
            Self::Lpr2 | Self::Psyk => LPR2,
            Self::Lpr3 => LPR3,
            Self::Krin | Self::Sib => SPELL,
            Self::Social => SOCIAL,
            Self::Dream => DREAM,
            Self::Cases => CASES,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_register_looks_for_a_name_twice() {
        for (i, kind) in Kind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, i);
            let mut names: Vec<&str> = kind
                .fields()
                .iter()
                .flat_map(|f| f.aliases.iter().copied().chain([f.name]))
                .collect();
            let all = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), all, "{}", kind.name());
            assert!(names.iter().all(|n| n.to_lowercase() == *n));
        }
    }
}
