//! How it was done, so that it can be questioned.

use super::Writer;
use crate::chart::{Block, Section};
use crate::retention::Measure;

impl Writer<'_> {
    pub(super) fn method(&self) -> Section {
        let say = self.say;
        let study = self.outcome.plan.study();
        let mut notes: Vec<String> = Vec::new();
        let order: Vec<&str> = study
            .timeline
            .precedence
            .order()
            .iter()
            .map(|s| s.label(say.lang))
            .collect();
        notes.push(format!(
            "{}: {}.",
            say.pick(
                "Hver person har én tilstand pr. dag. Hvor flere registre gør krav på samme dag, \
                 vinder den første i rækken",
                "Each person has one state a day. Where several registers claim a day, the first \
                 in this order wins",
            ),
            order.join(", ")
        ));
        notes.push(
            say.pick(
                "Perioder er halvåbne: første dag er med, slutdagen er ikke. Måneder og år tælles \
                 på datoen (31. januar + 1 måned = sidste dag i februar), altid fra tidspunkt nul.",
                "Spells are half-open: the first day is in, the end day is not. Months and years \
                 go by the date (31 January + 1 month = the last day of February), always counted \
                 from time zero.",
            )
            .into(),
        );
        if !self.outcome.retention.is_empty() {
            notes.push(
                say.pick(
                    "Andele: hvor alles status er kendt, er intervallet Wilsons (1927). Hvor nogen \
                     er fulgt kortere, er andelen Aalen–Johansens estimat (1978), som uden \
                     konkurrerende hændelser og tilbagevenden er Kaplan–Meiers (1958), med \
                     log-minus-log-interval.",
                    "Shares: where everybody's status is known the interval is Wilson's (1927). \
                     Where some are followed less long the share is the Aalen–Johansen estimate \
                     (1978), which without competing ends and returns is Kaplan–Meier's (1958), \
                     with a log-minus-log interval.",
                )
                .into(),
            );
        }
        let days = |r: &crate::retention::Retention| r.definition().measure == Measure::DaysHoused;
        if self.outcome.retention.iter().any(days) {
            notes.push(
                say.pick(
                    "Andel af dage: et forhold mellem summer over personer med lineariseret \
                     standardfejl (Cochran 1977, §6.4).",
                    "Share of days: a ratio of sums over persons with its linearised standard \
                     error (Cochran 1977, §6.4).",
                )
                .into(),
            );
        }
        if self.outcome.days.is_some() {
            notes.push(format!(
                "{} {}",
                say.pick("Dage i bolig:", "Days housed:"),
                say.pick(
                    "hver måned regnes på dem, der følges måneden ud (Bang og Tsiatis 2000), med \
                     standardfejl af hver persons egen indflydelse.",
                    "each month is taken over those followed to its end (Bang & Tsiatis 2000), \
                     with standard errors from each person's own influence.",
                )
            ));
        }
        if !self.outcome.returns.is_empty() {
            notes.push(
                say.pick(
                    "Tilbagevenden: kumuleret incidens af den første (Aalen–Johansen 1978), \
                     middelantal af alle (Nelson 1995; Ghosh og Lin 2000).",
                    "Returns: cumulative incidence of the first (Aalen–Johansen 1978), mean number \
                     of all (Nelson 1995; Ghosh & Lin 2000).",
                )
                .into(),
            );
        }
        if !self.outcome.groups.is_empty() {
            notes.push(
                say.pick(
                    "Grupper: log-rank (Mantel 1966) og Gray (1988) af tiden til første tab; \
                     justering for antal par efter Holm (1979); standardisering ved omvendte \
                     sandsynligheder (Cole og Hernán 2004) og dobbelt robust (Zhang og Schaubel \
                     2012).",
                    "Groups: log-rank (Mantel 1966) and Gray (1988) of the time to the first loss; \
                     adjusted for the number of pairs by Holm (1979); standardised by inverse \
                     probabilities (Cole & Hernán 2004) and doubly robust (Zhang & Schaubel 2012).",
                )
                .into(),
            );
        }
        if let Some(costs) = &self.outcome.costs {
            notes.push(format!(
                "{} {} {} {}. {}",
                say.pick(
                    "Udgifter: summer i hele øre; 95 %-interval ved bootstrap af personer,",
                    "Spending: summed in whole hundredths; 95% interval by bootstrap of persons,",
                ),
                say.count(u64::from(costs.spec().replicates)),
                say.pick("gentagelser, frø", "replicates, seed"),
                costs.spec().seed,
                say.pick(
                    "Normalapproksimationen står i tabellen costs.",
                    "The normal approximation is in the table costs.",
                ),
            ));
        }
        if self.outcome.comparison.is_some() {
            notes.push(
                say.pick(
                    "Kommuner: indirekte standardisering; eksakte Poissongrænser for observeret \
                     over ventet; tragtgrænser ved 95 og 99,8 % (Spiegelhalter 2005).",
                    "Municipalities: indirect standardisation; exact Poisson limits of observed \
                     over expected; funnel limits at 95 and 99.8% (Spiegelhalter 2005).",
                )
                .into(),
            );
        }
        let files = say.pick(
            "Alle tal ligger som tabeller i mappen tables; docs/results.md siger, hvad hver kolonne er.",
            "Every number is in the folder tables; docs/results.md says what each column is.",
        );
        Section::new(say.pick("Metode og kilder", "Method and sources"))
            .block(Block::List(notes))
            .paragraph(files)
    }
}
