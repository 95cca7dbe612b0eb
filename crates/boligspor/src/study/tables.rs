//! The result tables of a study, under names that stay the same.

use polars::prelude::{DataFrame, NamedFrom, Series};

use super::frames::{stacked, unexpected};
use super::municipal;
use super::run::Outcome;
use crate::cohort::{Cohort, Step};
use crate::error::Result;
use crate::groups::GroupComparison;
use crate::lang::Lang;
use crate::retention::Counted;
use crate::returns::Returns;

impl Outcome {
    /// Every result table, by the name its file has. `docs/results.md` says
    /// what each column is.
    ///
    /// | name | a row is |
    /// |---|---|
    /// | `checks` | a finding of the data checks |
    /// | `attrition` | a step of a cohort's attrition flow |
    /// | `definitions` | a definition of retention, in words |
    /// | `retention` | a definition, stratum and horizon |
    /// | `retention_outcomes` | where people were, by definition, stratum and horizon |
    /// | `retention_curve` | a definition, stratum and month |
    /// | `occupancy` | a stratum, month and place, of the first definition |
    /// | `curves` | a definition, stratum, outcome and time |
    /// | `days_housed`, `days_housed_curve` | a stratum and state (and month) |
    /// | `days_housed_differences` | a state and two strata |
    /// | `returns`, `returns_curve` | a kind of return, stratum, outcome and band; or day |
    /// | `returns_recurrent`, `returns_gaps` | the same by month; by order of exit |
    /// | `group_tests`, `group_shares`, `group_days` | a grouping and test, or two groups |
    /// | `group_adjusted`, `group_balance` | a grouping, method and group; or term |
    /// | `costs`, `cost_contrasts` | a stratum, period, category (and payer) |
    /// | `cost_price_years` | a category and price year: where the money comes from |
    /// | `cost_windows` | a stratum, window, rule of death, period and category |
    /// | `cost_spread`, `cost_sensitivity`, `cost_diagnostics` | a stratum and period; diagnostic |
    /// | `cost_views`, `cost_present_values` | a stratum, view (payer) and period; rate |
    /// | `cost_flags` | something a reader must know |
    /// | `effects`, `effect_contrasts` | a design, base year and relative year; before/after beside |
    /// | `effect_means` | a design, arm and relative year |
    /// | `effect_balance`, `effect_attrition`, `effect_diagnostics` | a design and covariate, step, diagnostic |
    /// | `net_cost`, `net_cost_curve` | a scenario, view (payer); and month |
    /// | `cost_per_day_housed`, `cost_plane`, `cost_acceptability` | a scenario and view; replicate; price |
    /// | `who_pays`, `who_pays_changes` | a set of refund rules, stratum, period (category) and payer |
    /// | `refund_days`, `refund_rules` | a set, rule and year; a set and rule |
    /// | `comparison`, `comparison_limits` | a municipality; a point of the funnel's limits |
    /// | `risk_model`, `calibration`, `comparison_costs`, `outcome_by_class` | a term; a tenth of people; a municipality; a class |
    /// | those of `[homelessness]`, `[implementation]`, `[support]`, `[homes]`, `[context]`, `[peers]` | as `docs/results.md` says |
    /// | `counts`, `counts_trend` | a municipality and year; a municipality |
    ///
    /// # Errors
    /// [`Error::Table`](crate::Error::Table) for a failure inside polars.
    pub fn tables(&self) -> Result<Vec<(&'static str, DataFrame)>> {
        let mut out = vec![
            ("checks", self.register.checks().to_frame()?),
            ("attrition", self.attrition_table()?),
        ];
        if !self.retention.is_empty() {
            out.push(("definitions", self.definitions_table()?));
        }
        let by_definition = |pick: fn(&crate::retention::Retention) -> &DataFrame| {
            stacked(
                "definition",
                self.retention
                    .iter()
                    .map(|r| (r.definition().name.as_str(), pick(r))),
            )
        };
        let retention = [
            ("retention", by_definition(|r| r.table())?),
            ("retention_outcomes", by_definition(|r| r.outcomes())?),
            ("retention_curve", by_definition(|r| r.curve())?),
        ];
        out.extend(retention.into_iter().filter_map(|(n, t)| Some((n, t?))));
        if let Some(first) = self.retention.first() {
            out.push(("occupancy", first.occupancy().clone()));
        }
        self.follow_up_tables(&mut out)?;
        if let Some(costs) = &self.costs {
            out.push(("costs", costs.table().clone()));
            out.push(("cost_contrasts", costs.contrasts().clone()));
            out.push(("cost_price_years", costs.price_years().clone()));
            out.push(("cost_windows", costs.windows().clone()));
            out.push(("cost_spread", costs.spread().clone()));
            out.push(("cost_sensitivity", costs.sensitivity().clone()));
            out.push(("cost_diagnostics", costs.diagnostics().clone()));
            out.push(("cost_views", costs.views().clone()));
            out.push(("cost_present_values", costs.present_values().clone()));
            out.push(("cost_flags", costs.flags_table()?));
        }
        let lang = self.plan.study().study.lang;
        let by_design = |pick: &dyn Fn(&crate::effect::CostEffect) -> DataFrame| {
            let tables: Vec<(&str, DataFrame)> = (self.effects.iter())
                .map(|e| (e.design().name.as_str(), pick(e)))
                .collect();
            stacked("design", tables.iter().map(|(n, t)| (*n, t)))
        };
        let effects = [
            ("effects", by_design(&|e| e.table().clone())?),
            ("effect_contrasts", by_design(&|e| e.contrasts().clone())?),
            ("effect_means", by_design(&|e| e.means().clone())?),
            ("effect_balance", by_design(&|e| e.balance().clone())?),
            (
                "effect_attrition",
                by_design(&|e| e.attrition(lang).clone())?,
            ),
            (
                "effect_diagnostics",
                by_design(&|e| e.diagnostics().clone())?,
            ),
        ];
        out.extend(effects.into_iter().filter_map(|(n, t)| Some((n, t?))));
        for (at, name) in [
            (0, "net_cost"),
            (1, "net_cost_curve"),
            (2, "cost_per_day_housed"),
            (3, "cost_plane"),
            (4, "cost_acceptability"),
        ] {
            let each = self.net_cost.iter();
            let each = each.map(|n| (n.scenario().name.as_str(), n.tables()[at].1));
            out.extend(stacked("scenario", each)?.map(|t| (name, t)));
        }
        if let Some(refunds) = &self.refunds {
            out.push(("who_pays", refunds.table().clone()));
            out.push(("who_pays_changes", refunds.changes().clone()));
            out.push(("refund_days", refunds.days().clone()));
            out.push(("refund_rules", refunds.rules().clone()));
        }
        if let Some(comparison) = &self.comparison {
            out.push(("comparison", comparison.table().clone()));
            out.push(("comparison_limits", comparison.limits().clone()));
            out.extend(comparison.counts().map(|t| ("counts", t.clone())));
            out.extend(comparison.trend().map(|t| ("counts_trend", t.clone())));
            out.extend(comparison.more().filter_map(|(name, table)| {
                Some((municipal::file("compare", name)?, table.clone()))
            }));
        }
        for (section, found) in &self.municipal {
            out.extend(found.tables().filter_map(|(name, table)| {
                Some((municipal::file(section, name)?, table.clone()))
            }));
        }
        out.retain(|(_, table)| table.width() > 0);
        Ok(out)
    }

    /// The tables of curves, days, returns and groups.
    fn follow_up_tables(&self, out: &mut Vec<(&'static str, DataFrame)>) -> Result<()> {
        let curves = self.curves.iter();
        let curves = curves.map(|c| (c.definition().name.as_str(), c.table()));
        let mut push = |name, table: Option<DataFrame>| {
            out.extend(table.map(|t| (name, t)));
        };
        push("curves", stacked("definition", curves)?);
        if let Some(days) = &self.days {
            push("days_housed", Some(days.table().clone()));
            push("days_housed_curve", Some(days.curve().clone()));
            if days.differences().height() > 0 {
                push("days_housed_differences", Some(days.differences().clone()));
            }
        }
        let returns = |of: fn(&Returns) -> &DataFrame| {
            stacked(
                "to",
                self.returns.iter().map(|r| (r.spec().to.code(), of(r))),
            )
        };
        push("returns", returns(Returns::table)?);
        push("returns_curve", returns(Returns::curve)?);
        push("returns_recurrent", returns(Returns::recurrent)?);
        push("returns_gaps", returns(Returns::gaps)?);
        let groups = |of: fn(&GroupComparison) -> Option<&DataFrame>| {
            let each = self.groups.iter();
            stacked(
                "by",
                each.filter_map(|g| Some((g.spec().by.as_str(), of(g)?))),
            )
        };
        push("group_tests", groups(|g| Some(g.tests()))?);
        push("group_shares", groups(|g| Some(g.shares()))?);
        push("group_days", groups(|g| Some(g.days()))?);
        push("group_adjusted", groups(GroupComparison::adjusted)?);
        push("group_balance", groups(GroupComparison::balance)?);
        Ok(())
    }

    /// The cohorts, by the name they have in tables.
    pub(super) fn cohorts(&self) -> Vec<(&'static str, &Cohort)> {
        std::iter::once(("study", &self.cohort))
            .chain(self.enrolled.as_ref().map(|c| ("enrolled", c)))
            .collect()
    }

    fn attrition_table(&self) -> Result<DataFrame> {
        let lang = self.plan.study().study.lang;
        let steps: Vec<_> = self
            .cohorts()
            .into_iter()
            .flat_map(|(name, cohort)| cohort.attrition().steps.iter().map(move |s| (name, s)))
            .collect();
        let count = |name: &str, of: &dyn Fn(&crate::cohort::Remaining) -> u64| {
            let values: Vec<i64> = steps.iter().map(|(_, s)| of(s) as i64).collect();
            Series::new(name.into(), values).into()
        };
        let names: Vec<&str> = steps.iter().map(|(name, _)| *name).collect();
        let codes: Vec<String> = steps.iter().map(|(_, s)| step_code(&s.step)).collect();
        let labels: Vec<String> = steps.iter().map(|(_, s)| s.step.label(lang)).collect();
        DataFrame::new(
            steps.len(),
            vec![
                Series::new("cohort".into(), names).into(),
                Series::new("step".into(), codes).into(),
                Series::new("label".into(), labels).into(),
                count("rows", &|s| s.rows),
                count("persons", &|s| s.persons),
                count("rows_out", &|s| s.rows_out),
                count("persons_out", &|s| s.persons_out),
            ],
        )
        .map_err(|e| unexpected(&e))
    }

    fn definitions_table(&self) -> Result<DataFrame> {
        let text = |name: &str, of: &dyn Fn(&crate::retention::Retention) -> String| {
            let values: Vec<String> = self.retention.iter().map(of).collect();
            Series::new(name.into(), values).into()
        };
        let sources: Vec<Option<&str>> = self
            .retention
            .iter()
            .map(|r| r.definition().source.as_deref())
            .collect();
        DataFrame::new(
            self.retention.len(),
            vec![
                text("definition", &|r| r.definition().name.clone()),
                text("counted", &|r| counted(r.definition().counted).into()),
                text("danish", &|r| r.describe(Lang::Da)),
                text("english", &|r| r.describe(Lang::En)),
                Series::new("source".into(), sources).into(),
            ],
        )
        .map_err(|e| unexpected(&e))
    }
}

/// The code of a denominator, as in result tables.
pub(super) fn counted(counted: Counted) -> &'static str {
    match counted {
        Counted::Placed => "placed",
        Counted::Enrolled => "enrolled",
    }
}

/// The code of a step of the attrition flow, the same in every language.
fn step_code(step: &Step) -> String {
    match serde_json::to_value(step) {
        Ok(serde_json::Value::String(code)) => code,
        _ => "condition".into(),
    }
}
