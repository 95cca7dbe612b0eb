"""Charts of a municipal comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import polars as pl

from boligspor.charts import look
from boligspor.charts.funnel import FunnelWords, draw
from boligspor.charts.look import OfflineChart, pick
from boligspor.errors import MissingError

if TYPE_CHECKING:
    from boligspor.municipality import Comparison

_HEIGHT = 320
_MOST = 4.0
"""Ratios above this, which only a handful of people can have, are drawn at the edge."""


def funnel(of: Comparison, lang: str, width: int) -> OfflineChart:
    """Draw observed over expected against expected, with the limits of chance."""
    table = of.table().filter(pl.col("ratio").is_not_null())
    top = max(2.5, min(_MOST, 1.08 * float(table["ratio"].max() or 0)))  # type: ignore[arg-type]
    points = table.select(
        "small",
        unit="municipality",
        size="expected",
        value="ratio",
        outside=pl.col("signal").replace_strict({"inside": 0, "look": 1, "act": 2}, default=0),
    )
    curve = of.limits().select(
        size="expected", low_0="low_95", high_0="high_95", low_1="low_998", high_1="high_998"
    )
    hollow = pick(
        lang,
        "Hule cirkler er kommuner med få personer.",
        "Hollow circles are municipalities with few people.",
    )
    words = FunnelWords(
        title=pick(
            lang, "Uden bolig: observeret mod ventet", "Not housed: observed against expected"
        ),
        x=pick(
            lang,
            "Ventet antal uden bolig (kvadratrodsskala)",
            "Expected number not housed (square-root scale)",
        ),
        y=pick(lang, "Observeret / ventet", "Observed / expected"),
        levels=[0.95, 0.998],
        notes=[hollow, of.describe(lang)],  # type: ignore[arg-type]
    )
    return draw(points, curve, words, centre=1.0, lang=lang, width=width, top=top)


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
