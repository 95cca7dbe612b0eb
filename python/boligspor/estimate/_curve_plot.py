"""Curves drawn as steps with their intervals, and the numbers at risk beneath."""

from __future__ import annotations

from typing import Any

import altair as alt
import polars as pl

from boligspor.charts import look

__all__ = ["draw"]

_MOST = 4_000
"""Steps drawn of each curve; more than the picture has pixels are thinned."""

_PROBABILITIES = {"survival", "cumulative incidence", "probability"}


def draw(table: pl.DataFrame, *, measure: str, width: int) -> look.OfflineChart:
    """Draw curves; ``table`` is that of a result."""
    keys = table.columns[: table.columns.index("time")]
    line = (
        pl.concat_str(
            [pl.col(k).cast(pl.String).fill_null("unknown") for k in keys], separator=", "
        )
        if keys
        else pl.lit(measure)
    )
    shown = table.with_columns(pl.col("low", "high").fill_nan(None), line=line)
    names = shown["line"].unique(maintain_order=True).to_list()
    initial = 1.0 if measure == "survival" else 0.0
    if measure != "probability":
        shown = _from_the_start(shown, initial)
    rows = pl.int_range(pl.len()).over("line")
    step = (pl.len().over("line") // _MOST).clip(1)
    drawn = shown.filter((rows % step == 0) | (rows == pl.len().over("line") - 1))
    end = float(shown["time"].max() or 1.0)  # type: ignore[arg-type]
    x = alt.X("time:Q", scale=alt.Scale(domain=[min(0.0, _least(shown)), end], nice=False))
    share = measure in _PROBABILITIES
    axis = look.percent_axis() if share else alt.Axis(title=None, domain=False, ticks=False)
    scale = alt.Scale(domain=[0, 1]) if share else alt.Scale(zero=True)
    colours = [look.PALETTE[i % len(look.PALETTE)] for i in range(len(names))]
    colour = alt.Color(
        "line:N", scale=alt.Scale(domain=names, range=colours), legend=_legend(len(names))
    )
    data = alt.Chart(drawn)
    at = x.axis(alt.Axis(title="Time", grid=False, tickCount=6))
    band = data.mark_area(interpolate="step-after", opacity=0.15).encode(
        x=at, y=alt.Y("low:Q", scale=scale, axis=axis), y2="high:Q", color=colour
    )
    tips = ["line:N", "time:Q", alt.Tooltip("estimate:Q", format=".3f"), "n_risk:Q"]
    curve = data.mark_line(interpolate="step-after", strokeWidth=2).encode(
        x=at, y=alt.Y("estimate:Q", scale=scale, axis=axis), color=colour, tooltip=tips
    )
    main = alt.layer(band, curve).properties(width=width, height=280)
    parts: list[Any] = [main]
    if len(names) <= len(look.PALETTE):
        parts.append(_at_risk(shown, names, end, x, width))
    title = f"{measure[:1].upper()}{measure[1:]}"
    note = "Shaded: intervals at each time. Beneath: number (or weight) at risk just before."
    return look.finish(parts, title=title, notes=[note], width=width)


def _legend(lines: int) -> alt.Legend | None:
    return None if lines == 1 else alt.Legend(orient="top", title=None, columns=3, symbolOpacity=1)


def _least(shown: pl.DataFrame) -> float:
    least = shown["time"].min()
    return float(least) if isinstance(least, int | float) else 0.0


def _from_the_start(shown: pl.DataFrame, initial: float) -> pl.DataFrame:
    """Add the point at which each curve starts."""
    start = min(0.0, _least(shown))
    first = shown.group_by("line", maintain_order=True).first()
    begun = first.filter(pl.col("time") > start).with_columns(
        pl.lit(start).alias("time"),
        *(pl.lit(initial).alias(c) for c in ("estimate", "low", "high")),
    )
    return pl.concat([begun.select(shown.columns), shown]).sort("time", maintain_order=True)


def _at_risk(
    shown: pl.DataFrame, names: list[str], end: float, x: alt.X, width: int
) -> alt.TopLevelMixin:
    ticks = [end * i / 5 for i in range(6)]
    known: dict[str, list[str]] = {}
    for name in names:
        own = shown.filter(pl.col("line") == name).select("time", "n_risk")
        later = [own.filter(pl.col("time") >= tick)["n_risk"] for tick in ticks]
        known[name] = [look.number(n[0] if len(n) else 0.0, "en") for n in later]
    if len(set(map(tuple, known.values()))) == 1:
        # Causes share their risk set, and one curve needs no name.
        known = {"": known[names[0]]}
        names = [""]
    rows = [
        {"line": name, "time": tick, "text": text}
        for name, texts in known.items()
        for tick, text in zip(ticks, texts, strict=True)
    ]
    frame = pl.DataFrame(rows)
    y = alt.Y(
        "line:N", sort=names, axis=alt.Axis(title=None, domain=False, ticks=False, labelPadding=24)
    )
    text = (
        alt.Chart(frame, title=alt.TitleParams("At risk", anchor="start", fontSize=look.SMALL))
        .mark_text(fontSize=look.SMALL, color=look.INK)
        .encode(x=x.axis(None), y=y, text="text:N")
    )
    return alt.layer(text).properties(width=width, height=18 * len(names))
