//! Numbered rows as the frames of the register's tables.

use polars::prelude::{
    Column, DataFrame, Int32Chunked, IntoSeries, NamedFrom, NewChunkedArray, Series, StringChunked,
};

use super::super::deliveries::{Ids, NO_ID};
use super::options::Options;
use super::people::People;
use super::services::{SUPPORT, Service};
use super::stay::{NOWHERE, Stay};
use crate::calendar::{Day, NEVER};
use crate::error::{Error, Result};

fn days(name: &str, values: impl Iterator<Item = Day>) -> Column {
    let known = values.map(|d| (d != NEVER).then_some(d));
    Int32Chunked::from_iter_options(name.into(), known)
        .into_series()
        .into_date()
        .into()
}

fn texts<'a>(name: &str, values: impl Iterator<Item = Option<&'a str>>) -> Column {
    StringChunked::from_iter_options(name.into(), values)
        .into_series()
        .into()
}

pub(super) fn frame(columns: Vec<Column>) -> Result<DataFrame> {
    DataFrame::new_infer_height(columns).map_err(|_| {
        Error::table(
            "import",
            None,
            "the columns do not fit together",
            "report this as a bug",
        )
    })
}

/// `persons`: everybody kept.
pub(super) fn persons(people: &People) -> Result<DataFrame> {
    let all = || 0..people.len() as u32;
    let sex = |p: u32| match people.get(p).sex {
        1 => Some("man"),
        2 => Some("woman"),
        _ => None,
    };
    frame(vec![
        texts("person", all().map(|p| Some(people.ids.text(p)))),
        days("birth_date", all().map(|p| people.get(p).birth)),
        texts("sex", all().map(sex)),
        days("death_date", all().map(|p| people.get(p).death)),
    ])
}

/// `stays`, with the first day on which each date can have been.
pub(super) fn stays(stays: &[Stay], people: &People, addresses: &Ids) -> Result<DataFrame> {
    let codes: Vec<String> = (0..1_000).map(|c| format!("{c:03}")).collect();
    let code = |c: u16| codes.get(usize::from(c)).filter(|_| c != NOWHERE);
    frame(vec![
        texts(
            "person",
            stays.iter().map(|s| Some(people.ids.text(s.person))),
        ),
        days("start", stays.iter().map(|s| s.start)),
        days("end", stays.iter().map(|s| s.end)),
        texts("state", stays.iter().map(|s| Some(s.state.code()))),
        texts(
            "dwelling",
            stays
                .iter()
                .map(|s| (s.dwelling != NO_ID).then(|| addresses.text(s.dwelling))),
        ),
        texts(
            "municipality",
            stays
                .iter()
                .map(|s| code(s.municipality).map(String::as_str)),
        ),
        texts("source", stays.iter().map(|s| Some(s.source))),
        days("start_earliest", stays.iter().map(|s| s.start_earliest)),
        days("end_earliest", stays.iter().map(|s| s.end_earliest)),
    ])
}

/// `services`.
pub(super) fn services(
    services: &[Service],
    people: &People,
    options: &Options,
) -> Result<DataFrame> {
    let name = |s: &Service| match s.name {
        SUPPORT => Some("s85"),
        group => options
            .dream
            .get(usize::from(group))
            .map(|g| g.name.as_str()),
    };
    frame(vec![
        texts(
            "person",
            services.iter().map(|s| Some(people.ids.text(s.person))),
        ),
        days("start", services.iter().map(|s| s.start)),
        days("end", services.iter().map(|s| s.end)),
        texts("service", services.iter().map(name)),
        Series::new("quantity".into(), vec![None::<f64>; services.len()]).into(),
    ])
}
