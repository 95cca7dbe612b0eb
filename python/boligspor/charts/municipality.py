"""Charts of a municipal comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import polars as pl

from boligspor.charts import look
from boligspor.charts.look import OfflineChart, pick
from boligspor.errors import MissingError

if TYPE_CHECKING:
    from boligspor.municipality import Comparison

_HEIGHT = 320
_MOST = 4.0
"""Ratios above this, which only a handful of people can have, are drawn at the edge."""

_SIGNALS = {"inside": "#6f777d", "look": look.ORANGE, "act": look.VERMILION}


def funnel(of: Comparison, lang: str, width: int) -> OfflineChart:
    """Draw observed over expected against expected, with the limits of chance."""
    words = {
        "inside": pick(lang, "Inden for 95 %", "Within 95 %"),
        "look": pick(lang, "Uden for 95 %", "Outside 95 %"),
        "act": pick(lang, "Uden for 99,8 %", "Outside 99.8 %"),
    }
    table = of.table().filter(pl.col("ratio").is_not_null())
    top = max(2.5, min(_MOST, 1.08 * float(table["ratio"].max() or 0)))  # type: ignore[arg-type]
    table = table.with_columns(
        at=pl.col("ratio").clip(0, top),
        name=pl.when(pl.col("ratio") > top)
        .then(pl.concat_str("municipality", pl.lit(" ↑ "), _written("ratio", lang)))
        .otherwise("municipality"),
        said=pl.col("signal").replace_strict(words, default=words["inside"]),
        opacity=pl.when("small").then(0.0).otherwise(1.0),
    )
    limits = of.limits().with_columns(
        pl.col("low_95", "high_95", "low_998", "high_998").clip(0, top)
    )
    most = max(
        float(limits["expected"].max() or 1),  # type: ignore[arg-type]
        float(table["expected"].max() or 1),  # type: ignore[arg-type]
    )
    x = alt.X(
        "expected:Q",
        scale=alt.Scale(type="sqrt", domain=[0, most], nice=False),
        axis=look.number_axis(
            lang,
            pick(
                lang,
                "Ventet antal uden bolig (kvadratrodsskala)",
                "Expected number not housed (square-root scale)",
            ),
            grid=False,
            domain=True,
            labelOverlap="greedy",
            labelSeparation=6,
        ),
    )
    axis = look.number_axis(
        lang,
        pick(lang, "Observeret / ventet", "Observed / expected"),
        titleAngle=0,
        titleAlign="left",
        titleX=-30,
        titleY=-12,
    )
    y = alt.Y("at:Q", scale=alt.Scale(domain=[0, 1.04 * top], nice=False), axis=axis)
    base, points = alt.Chart(limits), alt.Chart(table)
    line = base.mark_line(strokeWidth=1.2, color=look.AXIS)
    inner = base.mark_line(strokeWidth=1.2, color="#6f777d")
    colour = alt.Color(
        "said:N",
        scale=alt.Scale(domain=list(words.values()), range=list(_SIGNALS.values())),
        legend=alt.Legend(title=None, orient="bottom", symbolType="circle"),
    )
    tips = [
        "municipality:N",
        "n:Q",
        "observed:Q",
        alt.Tooltip("expected:Q", format=".1f"),
        alt.Tooltip("ratio:Q", format=".2f"),
    ]
    dots = points.mark_point(filled=True, opacity=1, size=48, strokeWidth=1.2).encode(
        x=x,
        y=y,
        color=colour,
        stroke=alt.Stroke(
            "said:N",
            legend=None,
            scale=alt.Scale(domain=list(words.values()), range=list(_SIGNALS.values())),
        ),
        fillOpacity=alt.FillOpacity("opacity:Q", legend=None, scale=None),
        tooltip=tips,
    )
    named = alt.Chart(table.filter(pl.col("signal") != "inside"))
    names = named.mark_text(align="left", dx=8, fontSize=look.SMALL, fontWeight=600)
    main = alt.layer(
        base.mark_area(color="#f4f5f6").encode(x=x, y="low_95:Q", y2="high_95:Q"),
        alt.Chart(pl.DataFrame({"at": [1.0]})).mark_rule(color=look.INK).encode(y=y),
        *(inner.encode(x=x, y=f"{c}:Q") for c in ("low_95", "high_95")),
        *(line.encode(x=x, y=f"{c}:Q") for c in ("low_998", "high_998")),
        dots,
        names.encode(x=x, y=y, text="name:N", color=colour),
    ).properties(width=width, height=_HEIGHT)
    hollow = pick(
        lang,
        "Hule cirkler er kommuner med få personer.",
        "Hollow circles are municipalities with few people.",
    )
    return look.finish(
        [main],
        title=pick(
            lang,
            "Uden bolig: observeret mod ventet",
            "Not housed: observed against expected",
        ),
        notes=[hollow, of.describe(lang)],  # type: ignore[arg-type]
        width=width,
    )


def _written(column: str, lang: str) -> pl.Expr:
    return pl.col(column).map_elements(lambda v: look.number(v, lang, 1), return_dtype=pl.String)


def counts(of: Comparison, lang: str, width: int) -> OfflineChart:
    """Draw homelessness per 1,000 inhabitants by year."""
    table = of.counts()
    if table is None:
        raise MissingError(
            "a chart of homelessness counts needs the table `counts`; pass it to the register",
            needs="the table `counts`",
        )
    single = table["municipality"].n_unique() == 2  # noqa: PLR2004 - the whole and one
    name = pl.col("municipality")
    whole = table.filter(name != "all") if single else table.filter(name == "all")
    others = table.filter(name != "all") if not single else table.clear()
    label = whole["municipality"][0] if single else pick(lang, "Alle", "All")
    years = whole["year"].unique().sort().to_list()
    top = float(table["per_1000"].max() or 1) * 1.05  # type: ignore[arg-type]
    x = alt.X(
        "year:Q",
        scale=alt.Scale(domain=[years[0], years[-1]], nice=False),
        axis=alt.Axis(title=None, values=years, format="d", grid=False, labelOverlap=True),
    )
    y = alt.Y(
        "per_1000:Q",
        scale=alt.Scale(domain=[0, top], nice=True),
        axis=look.number_axis(
            lang,
            pick(lang, "pr. 1.000 indbyggere", "per 1,000 inhabitants"),
            titleAngle=0,
            titleAlign="left",
            titleX=-28,
            titleY=-12,
        ),
    )
    tips = ["municipality:N", "year:Q", "n:Q", alt.Tooltip("per_1000:Q", format=".2f")]
    end = whole.filter(pl.col("year") == years[-1]).with_columns(
        text=pl.concat_str(
            pl.lit(f"{label}  "),
            pl.col("per_1000").map_elements(
                lambda v: look.number(v, lang, 2), return_dtype=pl.String
            ),
        )
    )
    base = alt.Chart(whole)
    name_at_end = alt.Chart(end).mark_text(
        align="left", dx=8, fontWeight=600, fontSize=look.LABEL, color=look.BLUE
    )
    main = alt.layer(
        alt.Chart(others)
        .mark_line(color=look.AXIS, strokeWidth=0.8, opacity=0.6)
        .encode(x=x, y=y, detail="municipality:N", tooltip=tips),
        base.mark_area(color=look.BLUE, opacity=0.18).encode(x=x, y="low:Q", y2="high:Q"),
        base.mark_line(color=look.BLUE, strokeWidth=2.2, point=True).encode(x=x, y=y, tooltip=tips),
        name_at_end.encode(x=x, y=y, text="text:N"),
    ).properties(width=width, height=_HEIGHT)
    return look.finish(
        [main],
        title=pick(lang, "Hjemløse pr. 1.000 indbyggere", "Homeless people per 1,000 inhabitants"),
        notes=[
            pick(
                lang,
                "Tælling på ét tidspunkt, med eksakte 95 %-Poissongrænser.",
                "Point-in-time counts, with exact 95 % Poisson limits.",
            )
        ],
        width=width,
    )
