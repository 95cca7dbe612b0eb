"""The chart of days housed: where the days of a period go, a bar each stratum."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import polars as pl

from boligspor import _core
from boligspor.charts import look
from boligspor.charts import retention as parts
from boligspor.charts.look import OfflineChart, pick

if TYPE_CHECKING:
    from boligspor.days_housed import DaysHoused

_LEAST_SHARE = 0.002
_ROOM = 0.055


def bars(of: DaysHoused, lang: str, width: int) -> OfflineChart:
    """Draw the expected days in each state as bars of the whole period."""
    labels = dict(_core.places(lang))
    frame = parts.labelled(of.table(), "state", lang)
    housed = frame.filter(pl.col("state") == "housed", pl.col("days").is_not_null())
    shown = frame.filter(pl.col("state") != "housed", pl.col("share") >= _LEAST_SHARE)
    shown = shown.with_columns(
        to=pl.col("days").cum_sum().over("line"),
        label=pl.col("state").map_elements(
            lambda s: look.capital(labels.get(s, s)), return_dtype=pl.String
        ),
        text=pl.when(pl.col("share") >= _ROOM).then(
            pl.col("days").map_elements(lambda d: look.number(d, lang), return_dtype=pl.String)
        ),
    ).with_columns((pl.col("to") - pl.col("days")).alias("from"))
    shown = shown.with_columns(middle=(pl.col("from") + pl.col("to")) / 2)
    lines = housed["line"].to_list()
    places = shown.unique("state", keep="first", maintain_order=True)
    colour = alt.Color(
        "label:N",
        legend=alt.Legend(title=None, columns=1),
        scale=alt.Scale(
            domain=places["label"].to_list(),
            range=[look.PLACES.get(p, look.GREY) for p in places["state"]],
        ),
    )
    y = alt.Y("line:N", sort=lines, axis=alt.Axis(title=None, ticks=False, domain=False))
    title = pick(lang, "Dage i perioden", "Days of the period")
    x = alt.X("from:Q", scale=alt.Scale(nice=False), axis=look.number_axis(lang, title))
    base = alt.Chart(shown)
    tips = ["line:N", "label:N", *(alt.Tooltip(c, format=".1f") for c in ("days", "low", "high"))]
    bar = base.mark_bar(stroke="white", strokeWidth=1, size=24)
    light = ["allotted_dwelling", "shelter", "street", "prison", "dead"]
    text = (
        alt.Chart(shown.drop_nulls("text"))
        .mark_text(fontSize=look.SMALL, fontWeight=600)
        .encode(
            x="middle:Q",
            y=y,
            text="text:N",
            color=alt.condition(
                alt.FieldOneOfPredicate(field="state", oneOf=light),
                alt.value("white"),
                alt.value(look.INK),
            ),
        )
    )
    main = alt.layer(bar.encode(x=x, x2="to:Q", y=y, color=colour, tooltip=tips), text).properties(
        width=width, height=34 * max(1, len(lines))
    )
    return look.finish(
        [main, _housed(housed, lines, width, lang)],
        title=pick(lang, "Hvordan dagene går", "How the days are spent"),
        notes=[of.describe(lang)],  # type: ignore[arg-type]
        width=width,
    )


def _housed(housed: pl.DataFrame, lines: list[str], width: int, lang: str) -> alt.Chart:
    """Write the days housed with their interval, a line each stratum."""
    said = [
        f"{row['line']}: {look.number(row['days'], lang, 0)}"
        + (
            ""
            if row["low"] is None
            else f" ({look.number(row['low'], lang)}–{look.number(row['high'], lang)})"  # noqa: RUF001
        )
        for row in housed.iter_rows(named=True)
    ]
    head = pick(lang, "Dage i bolig med 95 %-interval", "Days housed with 95 % interval")
    text: alt.Chart = (
        alt.Chart(pl.DataFrame({"": [0]}), height=16 * (len(lines) + 1), width=width)
        .mark_text(align="left", baseline="top", fontSize=look.LABEL, color=look.INK, lineHeight=16)
        .encode(x=alt.value(0), y=alt.value(2), text=alt.value([head, *said]))
    )
    return text
