"""Charts of a cost trajectory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import polars as pl

from boligspor import _core
from boligspor.charts import look
from boligspor.charts.look import OfflineChart, pick

if TYPE_CHECKING:
    from boligspor.costs import Costs

MOST_CATEGORIES = 7
"""Categories shown by themselves; the rest are one."""

_HEIGHT = 290
_PERIODS = {
    "year": ("År fra tidspunkt nul", "Years from time zero"),
    "quarter": ("Kvartaler fra tidspunkt nul", "Quarters from time zero"),
    "month": ("Måneder fra tidspunkt nul", "Months from time zero"),
    "calendar_year": (
        "Kalenderår i forhold til placeringsåret",
        "Calendar years relative to the placement year",
    ),
}


def bars(of: Costs, lang: str, width: int) -> OfflineChart:
    """Draw stacked bars by period, with the interval of their sum."""
    table = of.table()
    strata = table.columns[: table.columns.index("period")]
    whole = table.filter(pl.col("payer") == "all", *(pl.col(s) == "all" for s in strata))
    totals = whole.filter(pl.col("category") == "all").with_columns(
        mean=pl.col("mean_per_person_year"),
        text=pl.col("mean_per_person_year").map_elements(
            lambda v: look.number(_round(v), lang), return_dtype=pl.String
        ),
        people=pl.col("persons").map_elements(
            lambda n: look.number(n, lang), return_dtype=pl.String
        ),
        above=pl.max_horizontal("mean_per_person_year", "high"),
    )
    stacks = _stacks(whole.filter(pl.col("category") != "all"), lang)
    names = stacks["category"].unique(maintain_order=True).to_list()
    periods = totals["period"].to_list()
    x = alt.X("period:O", sort=periods, axis=_axis(of, lang))
    y = alt.Y(
        "from:Q",
        axis=look.number_axis(
            lang,
            pick(lang, "pr. person pr. år", "per person-year"),
            titleAngle=0,
            titleAlign="left",
            titleX=-46,
            titleY=-14,
        ),
    )
    colour = alt.Color(
        "category:N",
        scale=alt.Scale(domain=names, range=look.PALETTE),
        legend=alt.Legend(title=None, orient="right", values=names[::-1]),
    )
    tips = ["period:O", "category:N", alt.Tooltip("mean:Q", format=",.0f")]
    zero = alt.Chart(pl.DataFrame({"period": [0]})).mark_bar(color="#f2f3f4", size=width)
    base = alt.Chart(totals)
    band = max(12, int(width / max(1, len(periods)) * 0.66))
    layers = [
        zero.encode(x=x, y=alt.value(0), y2=alt.value(_HEIGHT)).mark_bar(
            color="#f2f3f4", size=width / max(1, len(periods))
        ),
        alt.Chart(stacks)
        .mark_bar(stroke="white", strokeWidth=0.7, size=band)
        .encode(x=x, y=y, y2="to:Q", color=colour, tooltip=tips),
        base.mark_rule(color=look.INK, strokeWidth=1.3).encode(x=x, y="low:Q", y2="high:Q"),
        base.mark_tick(color=look.INK, thickness=1.3, size=9).encode(x=x, y="low:Q"),
        base.mark_tick(color=look.INK, thickness=1.3, size=9).encode(x=x, y="high:Q"),
    ]
    if band >= 30:  # noqa: PLR2004 - room for the number
        text = base.mark_text(
            baseline="bottom", dy=-5, fontWeight=600, fontSize=look.SMALL, color=look.INK
        )
        layers.append(text.encode(x=x, y="above:Q", text="text:N"))
    main = alt.layer(*layers).properties(width=width, height=_HEIGHT)
    return look.finish(
        [main, _people(totals, periods, band, width, lang)],
        title=pick(
            lang, "Udgifter før og efter boligtildelingen", "Spending before and after placement"
        ),
        notes=[of.describe(lang), *(look.capital(w) for w in of.warnings_in(lang))],  # type: ignore[arg-type]
        width=width + 150,
    )


def _axis(of: Costs, lang: str) -> alt.Axis:
    danish, english = _PERIODS[of.period]
    return alt.Axis(
        title=pick(lang, danish, english),
        labelAngle=0,
        ticks=False,
        labelExpr="replace(datum.label, '-', '−')",  # noqa: RUF001 - a minus
        labelOverlap=True,
        labelFontWeight={"condition": {"test": "datum.value == 0", "value": "bold"}, "value": 400},
    )


def _stacks(frame: pl.DataFrame, lang: str) -> pl.DataFrame:
    """Stack the largest categories, the rest as one, the largest at the bottom."""
    sizes = (
        frame.group_by("category")
        .agg(pl.col("mean_per_person_year").sum().alias("size"))
        .sort(["size", "category"], descending=[True, False])["category"]
        .to_list()
    )
    kept = sizes if len(sizes) <= MOST_CATEGORIES + 1 else sizes[:MOST_CATEGORIES]
    other = pick(lang, "Øvrige", "Other")
    named = {c: look.capital(_core.cost_label("category", c, lang)) for c in kept}
    merged = (
        frame.with_columns(
            category=pl.col("category").replace_strict(named, default=other),
            rank=pl.col("category").replace_strict(
                {c: i for i, c in enumerate(kept)}, default=len(kept), return_dtype=pl.Int64
            ),
        )
        .group_by("period", "category", "rank")
        .agg(pl.col("mean_per_person_year").sum().alias("mean"))
        .sort("period", "rank")
    )
    return merged.with_columns(to=pl.col("mean").cum_sum().over("period")).with_columns(
        (pl.col("to") - pl.col("mean")).alias("from")
    )


def _people(
    totals: pl.DataFrame, periods: list[int], band: int, width: int, lang: str
) -> alt.Chart:
    title = pick(lang, "Antal personer", "Number of people")
    shown = totals if band >= 24 else totals.filter(pl.col("period") % 6 == 0)  # noqa: PLR2004
    axis = alt.Axis(
        title=title,
        titleAngle=0,
        titleAlign="right",
        titleAnchor="end",
        titleX=-8,
        titleY=12,
        labels=False,
        ticks=False,
        domain=False,
    )
    counts: alt.Chart = (
        alt.Chart(shown)
        .transform_calculate(row="''")
        .mark_text(fontSize=look.SMALL, color=look.INK)
        .encode(
            x=alt.X("period:O", sort=periods, axis=None, scale=alt.Scale(domain=periods)),
            y=alt.Y("row:N", axis=axis),
            text="people:N",
        )
        .properties(width=width, height=16)
    )
    return counts


def _round(value: float) -> float:
    """Round to three figures: more are not in the data."""
    return float(f"{value:.3g}")
