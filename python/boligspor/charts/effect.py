"""Charts of costs beside those of people not placed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import polars as pl

from boligspor.charts import look
from boligspor.charts.look import OfflineChart, pick

if TYPE_CHECKING:
    from boligspor.effect import CostEffect

_HEIGHT = 280


def event_study(of: CostEffect, lang: str, width: int) -> OfflineChart:
    """Draw effects by relative year with the simultaneous band and the intervals."""
    base = of.design.base
    frame = of.table().filter(pl.col("base") == base).with_columns(people=_people(lang))
    years = frame["year"].to_list()
    x = alt.X("year:O", sort=years, axis=_years(lang))
    title = pick(lang, "Forskel pr. person pr. år", "Difference per person and year")
    axis = look.number_axis(lang, title)
    chart = alt.Chart(frame)
    band = chart.mark_rule(color=look.SKY, strokeWidth=9, opacity=0.45).encode(
        x=x, y=alt.Y("band_low:Q", axis=axis), y2="band_high:Q"
    )
    line = chart.mark_rule(color=look.BLUE, strokeWidth=2).encode(
        x=x, y=alt.Y("low:Q", axis=axis), y2="high:Q"
    )
    tips = ["year:O", alt.Tooltip("estimate:Q", format=",.0f"), "people:N"]
    point = chart.mark_point(color=look.BLUE, filled=True, size=70, opacity=1).encode(
        x=x, y=alt.Y("estimate:Q", axis=axis), tooltip=tips
    )
    zero = alt.Chart(pl.DataFrame({"y": [0]})).mark_rule(color=look.AXIS).encode(y="y:Q")
    main = alt.layer(zero, band, line, point).properties(width=width, height=_HEIGHT)
    foot = (
        chart.mark_text(fontSize=look.SMALL, color=look.MUTED)
        .encode(
            x=alt.X("year:O", sort=years, axis=None),
            text="people:N",
        )
        .properties(width=width, height=18)
    )
    tests = of.diagnostics().filter(pl.col("diagnostic") == "pre_trend", pl.col("base") == base)
    notes = []
    if tests.height:
        p = look.number(tests["p_value"][0], lang, 3)
        notes.append(
            pick(
                lang,
                f"Prøve af ens forløb før basisåret: P = {p}.",
                f"Test of parallel trends before the base year: P = {p}.",
            )
        )
    notes += [of.describe(lang), *(look.capital(w) for w in of.warnings_in(lang))]  # type: ignore[arg-type]
    return look.finish(
        [main, foot],
        title=pick(lang, "Effekt på udgifter", "Effect on costs"),
        subtitle=pick(
            lang,
            "Lys: 95 %-bånd for alle år samlet; mørk: for hvert år. Nederst: placerede / andre",
            "Light: one 95% band for all years; dark: each year. Beneath: placed / others",
        ),
        notes=notes,
        width=width,
    )


def sides(of: CostEffect, lang: str, width: int) -> OfflineChart:
    """Draw before/after beside the designs from each base year."""
    named = (
        pl.when(pl.col("method") == "before_after")
        .then(pl.lit(pick(lang, "før/efter", "before/after")))
        .otherwise(
            pl.format(pick(lang, "basis −{}", "base −{}"), -pl.col("base"))  # noqa: RUF001
        )
    )
    frame = (
        of.contrasts()
        .filter(pl.col("year").is_not_null())
        .with_columns(what=named, panel=pl.format(pick(lang, "År {}", "Year {}"), "year"))
    )
    order = frame["what"].unique(maintain_order=True).to_list()
    axis = look.number_axis(lang, pick(lang, "Ændring pr. person pr. år", "Change per person-year"))
    x = alt.X("estimate:Q", axis=axis)
    y = alt.Y("what:N", sort=order, axis=alt.Axis(title=None, domain=False, ticks=False))
    own = frame["what"].to_list()[-1]
    own = pick(lang, f"basis −{-of.design.base}", f"base −{-of.design.base}")  # noqa: RUF001
    colour = (
        alt.when(alt.datum.what == own)
        .then(alt.value(look.BLUE))
        .when(alt.datum.method == "before_after")
        .then(alt.value(look.VERMILION))
        .otherwise(alt.value(look.GREY))
    )
    parts = []
    for panel in frame["panel"].unique(maintain_order=True):
        chart = alt.Chart(frame.filter(pl.col("panel") == panel), title=panel)
        line = chart.mark_rule(strokeWidth=2).encode(
            x=alt.X("low:Q", axis=axis), x2="high:Q", y=y, color=colour
        )
        point = chart.mark_point(filled=True, size=70, opacity=1).encode(x=x, y=y, color=colour)
        zero = alt.Chart(pl.DataFrame({"x": [0]})).mark_rule(color=look.AXIS).encode(x="x:Q")
        parts.append(alt.layer(zero, line, point).properties(width=width, height=24 * len(order)))
    notes = [of.describe(lang), *(look.capital(w) for w in of.warnings_in(lang))]  # type: ignore[arg-type]
    return look.finish(
        [alt.vconcat(*parts).resolve_scale(x="shared")],
        title=pick(lang, "Før/efter og sammenligning", "Before/after and comparison side by side"),
        notes=notes,
        width=width,
    )


def love(of: CostEffect, lang: str, width: int) -> OfflineChart:
    """Draw absolute standardised differences before and after adjustment."""
    before, after = pick(lang, "før", "before"), pick(lang, "efter", "after")
    names = {"difference_before": before, "difference_after": after}
    frame = of.balance().filter(pl.col("kind") == "covariate")
    long = frame.select("term", *names).unpivot(
        index="term", variable_name="when", value_name="difference"
    )
    long = long.with_columns(pl.col("when").replace(names), size=pl.col("difference").abs())
    title = pick(lang, "Standardiseret forskel uden fortegn", "Absolute standardised difference")
    axis = look.number_axis(lang, title)
    order = frame.sort(pl.col("difference_before").abs(), descending=True)["term"].to_list()
    scale = alt.Scale(domain=[before, after], range=[look.VERMILION, look.BLUE])
    point = (
        alt.Chart(long.filter(pl.col("size").is_finite()))
        .mark_point(filled=True, size=80, opacity=1)
        .encode(
            x=alt.X("size:Q", axis=axis, scale=alt.Scale(zero=True)),
            y=alt.Y("term:N", sort=order, axis=alt.Axis(title=None, domain=False, grid=True)),
            color=alt.Color("when:N", scale=scale, legend=alt.Legend(orient="top")),
            shape=alt.Shape("when:N", scale=alt.Scale(range=["diamond", "circle"]), legend=None),
        )
    )
    limit = alt.Chart(pl.DataFrame({"x": [0.1]})).mark_rule(color=look.AXIS, strokeDash=[4, 3])
    main = alt.layer(limit.encode(x="x:Q"), point)
    sized = main.properties(width=width, height=max(80, 26 * len(order)))
    return look.finish(
        [sized],
        title=pick(lang, "Ens i det kendte", "Alike in what is known"),
        notes=[of.describe(lang)],  # type: ignore[arg-type]
        width=width,
    )


def _years(lang: str) -> alt.Axis:
    return alt.Axis(
        title=pick(lang, "År fra tidspunkt nul", "Years from time zero"),
        labelAngle=0,
        ticks=False,
        labelExpr="replace(datum.label, '-', '−')",  # noqa: RUF001 - a minus
    )


def _people(lang: str) -> pl.Expr:
    def text(column: str) -> pl.Expr:
        return pl.col(column).map_elements(lambda n: look.number(n, lang), return_dtype=pl.String)

    return pl.concat_str(text("treated"), pl.lit(" / "), text("comparators"))
