"""The chart of a whole retention curve, its competing ends and numbers at risk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import polars as pl

from boligspor import _core
from boligspor.charts import look
from boligspor.charts import retention as parts
from boligspor.charts.look import OfflineChart, pick

if TYPE_CHECKING:
    from boligspor.retention_curve import RetentionCurve

_HEIGHT = 270
_COLOURS = {
    "retained": look.BLUE,
    "not_retained": look.VERMILION,
    "lost": look.VERMILION,
    "dead": "#4a4a4a",
    "abroad": look.ORANGE,
    "prison": "#6b4c9a",
    "hospital": look.PURPLE,
    "treatment": look.SKY,
    "institution": look.GREEN,
    "unknown": look.GREY,
}


def label(outcome: str, lang: str) -> str:
    """Name an outcome of a curve."""
    words = {
        "retained": ("i bolig", "housed"),
        "not_retained": ("ikke i bolig", "not housed"),
        "lost": ("mistet boligen", "lost the home"),
    }
    if outcome in words:
        return pick(lang, *words[outcome])
    return dict(_core.places(lang)).get(outcome, outcome)


def curve(of: RetentionCurve, lang: str, width: int) -> OfflineChart:
    """Draw the curve, or that of each stratum, with the numbers at risk."""
    frame = parts.labelled(of.table(), "outcome", lang).rename({"n_risk": "at_risk"})
    whole = pl.col("line") == parts.everyone(lang)
    strata = frame.filter(~whole)
    many = 1 < strata["line"].n_unique() <= parts.MOST_LINES
    if many:
        shown = strata.filter(pl.col("outcome") == "retained")
    else:
        shown = frame.filter(whole)
        named = pl.col("outcome").map_elements(
            lambda o: look.capital(label(o, lang)), return_dtype=pl.String
        )
        shown = shown.with_columns(line=named)
    shown = shown.rename({"estimate": "share"})
    names = shown["line"].unique(maintain_order=True).to_list()
    outcomes = shown.unique("line", keep="first", maintain_order=True)["outcome"].to_list()
    colours = look.PALETTE if many else [_COLOURS.get(o, look.GREY) for o in outcomes]
    last = _last(shown)
    x = alt.X(
        "time:Q",
        scale=alt.Scale(domain=[0, last], nice=False),
        axis=alt.Axis(title=None, values=look.month_ticks(last), grid=False),
    )
    y = alt.Y("share:Q", scale=alt.Scale(domain=[0, 1]), axis=look.percent_axis())
    colour = alt.Color("line:N", legend=None, scale=alt.Scale(domain=names, range=colours))
    base = alt.Chart(shown)
    layers: list[alt.Chart] = []
    first = shown if many else shown.filter(pl.col("outcome") == "retained")
    if not many:
        layers.extend(_bands(first, x, colour))
    tips = [
        "line:N",
        alt.Tooltip("time:Q", format=".1f"),
        *(alt.Tooltip(c, format=".3f") for c in ("share", "low", "high")),
        "at_risk:Q",
    ]
    line = base.mark_line(interpolate="step-after", strokeWidth=2)
    layers.append(line.encode(x=x, y=y, color=colour, tooltip=tips))
    ended = shown.rename({"month": "whole_month", "time": "month"})
    layers.append(parts.line_names(ended, colour, lang, last, many=True))
    main = alt.layer(*layers).properties(width=width, height=_HEIGHT)
    title = pick(lang, "Andel i bolig", "Share housed")
    if not many:
        title = pick(lang, "I bolig, og hvad der ellers skete", "Housed, and what else happened")
    below = parts.at_risk(
        _on_months(first),
        names if many else names[:1],
        colour,
        width,
        lang=lang,
        since=parts.since(of, lang),
    )
    return look.finish(
        [main, below],
        title=f"{title}: {of.definition.name}",
        notes=[of.describe(lang)],  # type: ignore[arg-type]
        width=width,
    )


def _last(shown: pl.DataFrame) -> float:
    return float(shown["time"].max() or 1)  # type: ignore[arg-type]


def _bands(first: pl.DataFrame, x: alt.X, colour: alt.Color) -> list[alt.Chart]:
    """Shade the pointwise interval, and more lightly the band around it."""
    low = alt.Y("low:Q", axis=look.percent_axis())
    base = alt.Chart(first)
    layers = [
        base.mark_area(opacity=0.2, interpolate="step-after").encode(
            x=x, y=low, y2="high:Q", color=colour
        )
    ]
    if "band_low" in first.columns:
        wide = alt.Chart(first.drop_nulls("band_low"))
        area = wide.mark_area(opacity=0.1, interpolate="step-after")
        low = alt.Y("band_low:Q", axis=look.percent_axis())
        layers.insert(0, area.encode(x=x, y=low, y2="band_high:Q", color=colour))
    return layers


def _on_months(shown: pl.DataFrame) -> pl.DataFrame:
    """Return the numbers at risk on each month: those of the last row up to it."""
    last = int(_last(shown))
    months = pl.DataFrame({"month": [float(m) for m in range(last + 1)]})
    seen = shown.select("line", "time", "at_risk").sort("time")
    out = []
    for name in shown["line"].unique(maintain_order=True).to_list():
        of = seen.filter(pl.col("line") == name)
        out.append(months.join_asof(of, left_on="month", right_on="time", strategy="backward"))
    return pl.concat(out).select("line", "month", "at_risk")
