//! R106.

use super::{At, Findings, Meta, Rule, rule};
use crate::register::context::Context;
use crate::register::report::Severity;

/// A table has a column whose name is nearly that of the contract's.
///
/// ## Why is this bad?
/// An optional column under a slightly wrong name is taken for a covariate of
/// your own, and what it says is not used: `death_dat` means that nobody dies.
///
/// ## What to do
/// Rename the column, or rename your covariate so that it cannot be confused.
///
/// ## Example
/// | person | birth_date | sex | death_dat |
/// |--------|------------|-----|-----------|
/// | 1 | 1980-05-01 | 2 | 2022-03-01 |
pub(super) struct MisspeltColumn;

impl Rule for MisspeltColumn {
    fn meta(&self) -> Meta {
        rule("R106", "misspelt-column", Severity::Warning)
    }

    fn check(&self, context: &Context, findings: &mut Findings) {
        for loaded in context.given() {
            // Required columns are told by R101.
            for column in loaded.misspelt.iter().filter(|c| !c.required) {
                findings.always(
                    Severity::Warning,
                    At::column(context, loaded.table, column.name, 0),
                    "the column is not there, but one of nearly this name is",
                    "rename it; as it stands it is kept as a covariate and not read",
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::register::Severity::Warning;
    use crate::register::Table::Persons;
    use crate::register::rules::fixture::{at, found};

    #[test]
    fn a_slip_in_an_optional_name_is_told() {
        let persons = "person,birth_date,sex,death_dat\n1,1980-05-01,2,\n2,1990-07-01,1,2022-03-01";
        assert_eq!(
            found("R106", &[(Persons, persons)]),
            at("persons.death_date", 0, Warning)
        );
    }

    #[test]
    fn a_covariate_of_another_name_is_not() {
        let persons = "person,birth_date,sex,education\n1,1980-05-01,2,7\n2,1990-07-01,1,8";
        assert_eq!(found("R106", &[(Persons, persons)]), []);
    }
}
