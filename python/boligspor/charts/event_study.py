"""The picture of a difference in differences: effects by period, with their band."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import altair as alt
import polars as pl

from boligspor.charts import look

if TYPE_CHECKING:
    from boligspor.estimate._fit import ChiSquared

_HEIGHT = 280
_KEYS = {
    "dynamic": ("event_time", "Periods since treatment"),
    "group": ("group", "Group, by period of first treatment"),
    "calendar": ("period", "Period"),
    "simple": ("all", ""),
}
_SMALLEST = 0.001


def draw(
    table: pl.DataFrame,
    *,
    kind: str,
    overall: float | None,
    pre_trend: ChiSquared | None,
    notes: Sequence[str],
    width: int,
    title: str = "Effect of treatment",
    subtitle: str | None = None,
) -> look.OfflineChart:
    """Draw effects with intervals and band, and the numbers behind each beneath."""
    key, label = _KEYS[kind]
    if key not in table.columns:
        table = table.with_columns(pl.lit("all").alias(key))
    if "is_base" not in table.columns:
        table = table.with_columns(is_base=pl.lit(value=False))
    shown = table.filter(pl.col("estimate").is_not_null()).with_columns(
        low=pl.col("low").fill_null(pl.col("estimate")),
        high=pl.col("high").fill_null(pl.col("estimate")),
        band_low=pl.col("band_low").fill_null(pl.col("estimate")),
        band_high=pl.col("band_high").fill_null(pl.col("estimate")),
        when=_when(kind, key),
    )
    x = alt.X(f"{key}:O", axis=alt.Axis(title=None, labelAngle=0, grid=False))
    value = look.number_axis("en", None)
    main = _effects(shown, x, value, kind=kind, key=key, overall=overall)
    sized = main.properties(width=width, height=_HEIGHT)
    return look.finish(
        [sized, _numbers(shown, key, label, width)],
        title=title,
        subtitle=_subtitle(pre_trend) if subtitle is None else subtitle,
        notes=[_reading(shown, overall=overall is not None), *notes],
        width=width,
    )


def _when(kind: str, key: str) -> pl.Expr:
    if kind != "dynamic":
        return pl.lit("after")
    late = pl.when(pl.col(key) < 0).then(pl.lit("before")).otherwise(pl.lit("after"))
    return pl.when(pl.col("is_base")).then(pl.lit("base")).otherwise(late)


def _effects(
    shown: pl.DataFrame,
    x: alt.X,
    axis: alt.Axis,
    *,
    kind: str,
    key: str,
    overall: float | None,
) -> alt.LayerChart:
    names = ["before", "base", "after"]
    colour = alt.Color(
        "when:N",
        legend=None,
        scale=alt.Scale(domain=names, range=[look.MUTED, look.MUTED, look.BLUE]),
    )
    base = alt.Chart(shown)
    zero = alt.Chart(pl.DataFrame({"y": [0.0]})).mark_rule(color=look.AXIS).encode(y="y:Q")
    band = base.mark_bar(opacity=0.2, size=16).encode(
        x=x, y=alt.Y("band_low:Q", axis=axis), y2="band_high:Q", color=colour
    )
    rule = base.mark_rule(strokeWidth=2).encode(x=x, y="low:Q", y2="high:Q", color=colour)
    numbers = [alt.Tooltip(f"{c}:Q", format=",.4f") for c in ("estimate", "low", "high")]
    behind = [f"{c}:Q" for c in ("treated", "controls", "rows") if c in shown.columns]
    tips = [alt.Tooltip(f"{key}:O"), *numbers, *behind]
    layers: list[alt.Chart] = [zero, band, rule]
    if overall is not None:
        layers.append(_mean_line(shown, overall, x, kind=kind, key=key))
    filled = base.transform_filter("!datum.is_base").mark_point(filled=True, size=60, opacity=1)
    layers.append(filled.encode(x=x, y="estimate:Q", color=colour, tooltip=tips))
    if shown["is_base"].any():
        at_base = base.transform_filter("datum.is_base")
        hollow = at_base.mark_point(filled=True, fill="white", size=70, strokeWidth=1.5, opacity=1)
        said = at_base.mark_text(dy=-14, color=look.MUTED, fontSize=look.SMALL)
        layers.append(hollow.encode(x=x, y="estimate:Q", stroke=alt.value(look.MUTED)))
        layers.append(said.encode(x=x, y="estimate:Q", text=alt.value("base")))
    layered: alt.LayerChart = alt.layer(*layers)  # type: ignore[assignment]
    return layered


def _mean_line(shown: pl.DataFrame, overall: float, x: alt.X, *, kind: str, key: str) -> alt.Chart:
    after = shown.filter(pl.col(key) >= 0) if kind == "dynamic" else shown
    line = after.select(key).with_columns(mean=pl.lit(overall))
    drawn: alt.Chart = (
        alt.Chart(line)
        .mark_line(color=look.VERMILION, strokeDash=[5, 3], strokeWidth=1.5)
        .encode(x=x, y="mean:Q")
    )
    return drawn


def _numbers(shown: pl.DataFrame, key: str, label: str, width: int) -> alt.Chart:
    """Set the numbers behind each effect beneath it."""
    names = {"treated": "Treated", "controls": "Controls, at least", "rows": "Treated rows"}
    kinds = [k for k in names if k in shown.columns]
    long = pl.concat(
        shown.select(
            key,
            row=pl.lit(names[k]),
            text=pl.col(k)
            .map_elements(lambda n: look.number(n, "en"), return_dtype=pl.String)
            .fill_null(""),
        )
        for k in kinds
    )
    axis = alt.Axis(orient="top", title=label, labels=False, ticks=False, domain=False, grid=False)
    side = alt.Axis(title=None, domain=False, ticks=False, grid=False)
    placed: alt.Chart = (
        alt.Chart(long)
        .mark_text(fontSize=look.SMALL, color=look.MUTED)
        .encode(
            x=alt.X(f"{key}:O", axis=axis),
            y=alt.Y("row:N", sort=[names[k] for k in kinds], axis=side),
            text="text:N",
        )
        .properties(width=width, height=18 * len(kinds))
    )
    return placed


def _subtitle(pre_trend: ChiSquared | None) -> str:
    if pre_trend is None:
        return "No period before treatment to test for a trend"
    p = pre_trend.p_value
    said = f"p = {p:.3f}" if not p < _SMALLEST else "p < 0.001"
    return (
        f"Trend before treatment: {said} "
        f"(Wald χ² = {pre_trend.statistic:.2f} on {pre_trend.df} degrees of freedom)"
    )


def _reading(shown: pl.DataFrame, *, overall: bool) -> str:
    text = "Lines: interval of each effect alone. Light bars: band that holds for all at once."
    if overall:
        text += " Dashed: their mean after treatment."
    if shown["is_base"].any():
        text += " Hollow: base period, zero by definition."
    return text
