//! DREAM: a column a week.

use boligspor_files::{SasCompression, SasKind, SasWriter};

use super::{Person, Stay, Writer, by_person};
use crate::day::{self, Day};
use crate::error::Result;
use crate::spec::Spec;

impl Writer<'_> {
    /// DREAM, a column a week: 130 in weeks that begin in the country and free.
    pub(super) fn dream(
        &mut self,
        people: &[Person<'_>],
        stays: &[Stay<'_>],
        spec: &Spec,
    ) -> Result<()> {
        let of = by_person(stays);
        let mut weeks: Vec<(String, Day)> = Vec::new();
        for year in spec.first_year..=day::year(self.until - 1) {
            let fourth = day::new_year(year) + 3;
            let first = fourth - (fourth + 3).rem_euclid(7);
            for week in 0..53 {
                let monday = first + 7 * week;
                // The week belongs to the year of its Thursday.
                if day::year(monday + 3) == year && monday < self.until {
                    weeks.push((format!("Y_{:02}{:02}", year % 100, week + 1), monday));
                }
            }
        }
        let mut columns = vec![("PNR", SasKind::Text(12))];
        columns.extend(
            weeks
                .iter()
                .map(|(name, _)| (name.as_str(), SasKind::Number)),
        );
        let mut file = SasWriter::new(&columns, SasCompression::Char);
        for person in people {
            file.text(person.id);
            let own = of.get(person.id).copied().unwrap_or_default();
            for (_, monday) in &weeks {
                let away = own.iter().any(|s| {
                    matches!(s.state, "abroad" | "prison")
                        && s.start <= *monday
                        && s.end.is_none_or(|end| end > *monday)
                });
                let here = person.death.is_none_or(|d| d > *monday);
                let grown = person.birth + day::ADULT <= *monday;
                file.number((here && grown && !away).then_some(130.0));
            }
        }
        self.rows("dream", people.len());
        self.sas("dream.sas7bdat", &file)
    }
}
