"""Charts of returns: the share who have returned, and how often."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import altair as alt
import polars as pl

from boligspor.charts import look
from boligspor.charts import retention as parts
from boligspor.charts.look import OfflineChart, pick

if TYPE_CHECKING:
    from boligspor.returns import Returns

_HEIGHT = 250


def first(of: Returns, lang: str, width: int) -> OfflineChart:
    """Draw the share who have returned for the first time by days since the exit."""
    frame = parts.labelled(of.curve(), "day", lang).drop_nulls("estimate")
    return _lines(
        of,
        frame.rename({"day": "at", "estimate": "value", "n_risk": "count"}),
        lang,
        width,
        title=pick(lang, "Første tilbagevenden", "First return"),
        axis=pick(lang, "Dage efter afslutningen", "Days since the exit"),
        below=pick(lang, "Antal i risiko", "Number at risk"),
        percent=True,
    )


def recurrent(of: Returns, lang: str, width: int) -> OfflineChart:
    """Draw the mean number of returns by months since the first exit."""
    frame = parts.labelled(of.recurrent(), "month", lang).drop_nulls("mean")
    return _lines(
        of,
        frame.rename({"month": "at", "mean": "value", "followed": "count"}),
        lang,
        width,
        title=pick(lang, "Gennemsnitligt antal gange tilbage", "Mean number of returns"),
        axis=pick(lang, "Måneder efter første afslutning", "Months since the first exit"),
        below=pick(lang, "Antal fulgt", "Number followed"),
        percent=False,
    )


def _lines(
    of: Returns,
    frame: pl.DataFrame,
    lang: str,
    width: int,
    *,
    title: str,
    axis: str,
    below: str,
    percent: bool,
) -> OfflineChart:
    whole = pl.col("line") == parts.everyone(lang)
    strata = frame.filter(~whole)
    many = 1 < strata["line"].n_unique() <= parts.MOST_LINES
    shown = strata if many else frame.filter(whole)
    names = shown["line"].unique(maintain_order=True).to_list()
    last = float(shown["at"].max() or 1)  # type: ignore[arg-type]
    top = shown["high"].max() or shown["value"].max() or 1
    ticks = _ticks(last)
    x = alt.X(
        "at:Q",
        scale=alt.Scale(domain=[0, last], nice=False),
        axis=alt.Axis(title=axis, values=ticks, grid=False),
    )
    value_axis = look.percent_axis() if percent else look.number_axis(lang)
    y = alt.Y("value:Q", scale=alt.Scale(domain=[0, float(top) * 1.05]), axis=value_axis)  # type: ignore[arg-type]
    colour = alt.Color("line:N", legend=None, scale=alt.Scale(domain=names, range=look.PALETTE))
    base = alt.Chart(shown)
    step: Literal["step-after", "linear"] = "step-after" if percent else "linear"
    layers: list[alt.Chart] = []
    if not many:
        area = alt.Chart(shown.drop_nulls("low")).mark_area(opacity=0.18, interpolate=step)
        layers.append(
            area.encode(x=x, y=alt.Y("low:Q", axis=value_axis), y2="high:Q", color=colour)
        )
    tips = ["line:N", "at:Q", *(alt.Tooltip(c, format=".3f") for c in ("value", "low", "high"))]
    line = base.mark_line(interpolate=step, strokeWidth=2)
    layers.append(line.encode(x=x, y=y, color=colour, tooltip=tips))
    layers.append(_names(shown, colour, lang, last, float(top) * 1.05, percent=percent))  # type: ignore[arg-type]
    main = alt.layer(*layers).properties(width=width, height=_HEIGHT)
    return look.finish(
        [main, _counts(shown, names, ticks, colour, width, last=last, lang=lang, title=below)],
        title=title,
        notes=[of.describe(lang)],  # type: ignore[arg-type]
        width=width,
    )


def _ticks(last: float) -> list[int]:
    if last <= 120:  # noqa: PLR2004 - months
        return look.month_ticks(last)
    step = next((s for s in (30, 60, 90, 180, 365) if last / s <= 9), 730)  # noqa: PLR2004
    return list(range(0, int(last) + 1, step))


def _names(
    shown: pl.DataFrame,
    colour: alt.Color,
    lang: str,
    last: float,
    top: float,
    *,
    percent: bool,
) -> alt.Chart:
    ends = shown.group_by("line", maintain_order=True).last()
    values = ends["value"].to_list()
    said = [look.percent(v, lang) if percent else look.number(v, lang, 2) for v in values]
    data = pl.DataFrame(
        {
            "line": ends["line"].to_list(),
            "at": [last] * len(values),
            "place": look.spread(values, 15 / _HEIGHT * top, 0, top),
            "label": [f"{n}  {s}" for n, s in zip(ends["line"], said, strict=True)],
        }
    )
    text = alt.Chart(data).mark_text(align="left", dx=8, fontWeight=600, fontSize=look.LABEL)
    named: alt.Chart = text.encode(
        x="at:Q",
        y=alt.Y("place:Q", scale=alt.Scale(domain=[0, top])),
        text="label:N",
        color=colour,
    )
    return named


def _counts(
    shown: pl.DataFrame,
    names: list[str],
    ticks: list[int],
    colour: alt.Color,
    width: int,
    *,
    last: float,
    lang: str,
    title: str,
) -> alt.Chart:
    """Set the numbers beneath the ticks: those of the last row up to each."""
    at = pl.DataFrame({"at": ticks}).with_columns(pl.col("at").cast(shown["at"].dtype))
    rows = []
    for name in names:
        own = shown.filter(pl.col("line") == name).select("line", "at", "count").sort("at")
        rows.append(at.join_asof(own, on="at", strategy="backward"))
    table = pl.concat(rows).drop_nulls("count")
    table = table.with_columns(
        text=pl.col("count").map_elements(lambda n: look.number(n, lang), return_dtype=pl.String)
    )
    axis = alt.Axis(
        title=title,
        titleAngle=0,
        titleAlign="right",
        titleAnchor="end",
        titleY=12,
        titleX=-16,
        labels=False,
        ticks=False,
        domain=False,
    )
    counts: alt.Chart = (
        alt.Chart(table)
        .mark_text(fontSize=look.SMALL)
        .encode(
            x=alt.X("at:Q", scale=alt.Scale(domain=[0, last], nice=False), axis=None),
            y=alt.Y("line:N", sort=names, axis=axis),
            text="text:N",
            color=colour if len(names) > 1 else alt.value(look.INK),
        )
        .properties(width=width, height=16 * max(1, len(names)))
    )
    return counts
