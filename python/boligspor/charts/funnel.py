"""A funnel plot: each unit against what chance allows one of its size.

The same drawing stands behind the municipal comparison and
``boligspor.estimate.funnel``: limits in grey, units that stand out in colour and
named beside their mark.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import altair as alt
import polars as pl

from boligspor.charts import look
from boligspor.charts.look import OfflineChart, pick

_HEIGHT = 320
_COLOURS = ["#6f777d", look.ORANGE, look.VERMILION, "#8a2d04"]
_LINES = ["#6f777d", look.AXIS, "#c6cbcf"]


@dataclass(frozen=True)
class FunnelWords:
    """The words around a funnel."""

    title: str
    x: str
    y: str
    levels: Sequence[float]
    notes: Sequence[str] = field(default_factory=list)

    def outside(self, lang: str) -> list[str]:
        """Name each band: within the innermost limits, outside each in turn."""
        said = [look.percent(level, lang, 0 if round(level * 100, 6) % 1 == 0 else 1)
                for level in self.levels]  # fmt: skip
        within = pick(lang, "Inden for", "Within") + f" {said[0]}"
        return [within, *(pick(lang, "Uden for", "Outside") + f" {s}" for s in said)]


def draw(
    points: pl.DataFrame,
    curve: pl.DataFrame,
    words: FunnelWords,
    *,
    centre: float,
    lang: str,
    width: int,
    top: float | None = None,
    bottom: float | None = 0.0,
    shares: bool = False,
) -> OfflineChart:
    """Draw a funnel.

    ``points`` has ``unit, size, value, outside`` (how many limits it lies
    outside) and ``small``; ``curve`` has ``size`` and ``low_0, high_0, …``, a
    pair for each level.
    """
    bands = words.outside(lang)
    ends = [f"{side}_{i}" for i in range(len(words.levels)) for side in ("low", "high")]
    highest = float(points["value"].max() or centre)  # type: ignore[arg-type]
    top = max(highest * 1.04, centre) if top is None else top
    lowest = float(points["value"].min() or 0)  # type: ignore[arg-type]
    bottom = min(lowest, centre) if bottom is None else bottom
    decimals = 2 if shares else 1
    above = pl.col("value").map_elements(
        lambda v: look.number(v, lang, decimals), return_dtype=pl.String
    )
    points = points.with_columns(
        at=pl.col("value").clip(bottom, top),
        name=pl.when(pl.col("value") > top)
        .then(pl.concat_str(pl.col("unit").cast(pl.String), pl.lit(" ↑ "), above))
        .otherwise(pl.col("unit").cast(pl.String)),
        said=pl.col("outside").map_elements(lambda k: bands[k], return_dtype=pl.String),
        fill=pl.when("small").then(0.0).otherwise(1.0),
    )
    curve = curve.with_columns(pl.col(ends).clip(bottom, top))
    most = max(
        float(curve["size"].max() or 1),  # type: ignore[arg-type]
        float(points["size"].max() or 1),  # type: ignore[arg-type]
    )
    x = alt.X(
        "size:Q",
        scale=alt.Scale(type="sqrt", domain=[0, most], nice=False),
        axis=look.number_axis(
            lang, words.x, grid=False, domain=True, labelOverlap="greedy", labelSeparation=6
        ),
    )
    label = {"titleAngle": 0, "titleAlign": "left", "titleX": -30, "titleY": -12}
    axis = look.number_axis(lang, words.y, **label)
    if shares:
        axis = look.percent_axis(words.y)
        for name, value in label.items():
            axis[name] = value
    pad = 0.04 * (top - bottom)
    tall = alt.Scale(domain=[bottom, top + pad], nice=False, zero=False)
    y = alt.Y("at:Q", scale=tall, axis=axis)
    base = alt.Chart(curve)
    scale = alt.Scale(domain=bands, range=_COLOURS[: len(bands)])
    colour = alt.Color(
        "said:N",
        scale=scale,
        legend=alt.Legend(title=None, orient="bottom", symbolType="circle"),
    )
    tips = ["unit:N", alt.Tooltip("size:Q", format=",.1f"), alt.Tooltip("value:Q", format=",.3f")]
    dots = (
        alt.Chart(points)
        .mark_point(filled=True, opacity=1, size=48, strokeWidth=1.2)
        .encode(
            x=x,
            y=y,
            color=colour,
            stroke=alt.Stroke("said:N", legend=None, scale=scale),
            fillOpacity=alt.FillOpacity("fill:Q", legend=None, scale=None),
            tooltip=tips,
        )
    )
    named = _placed(points, most, (bottom, top + pad), width)
    lines = [
        base.mark_line(strokeWidth=1.2, color=_LINES[min(i, 2)]).encode(
            x=x, y=alt.Y(f"{side}_{i}:Q", scale=tall, axis=axis)
        )
        for i in range(len(words.levels))
        for side in ("low", "high")
    ]
    main = alt.layer(
        base.mark_area(color="#f4f5f6").encode(
            x=x, y=alt.Y("low_0:Q", scale=tall, axis=axis), y2="high_0:Q"
        ),
        alt.Chart(pl.DataFrame({"at": [centre]})).mark_rule(color=look.INK).encode(y=y),
        *lines,
        dots,
        *(
            alt.Chart(rows)
            .mark_text(align=align, dx=dx, dy=dy, fontSize=look.SMALL, fontWeight=600)
            .encode(x=x, y=y, text="name:N", color=colour)
            for rows, (align, dx, dy) in named
        ),
    ).properties(width=width, height=_HEIGHT)
    return look.finish([main], title=words.title, notes=words.notes, width=width)


_SIDES: list[tuple[Literal["left", "right", "center"], float, float]] = [
    ("left", 8.0, 0.0),
    ("right", -8.0, 0.0),
    ("center", 0.0, -11.0),
    ("center", 0.0, 11.0),
]
"""Where a name may stand: right of its mark, left, above, below."""


def _placed(
    points: pl.DataFrame, most: float, domain: tuple[float, float], width: int
) -> list[tuple[pl.DataFrame, tuple[Literal["left", "right", "center"], float, float]]]:
    """Give the names of units that stand out a side each where they cover nothing.

    The units furthest out choose first; a name without room is left out (the
    mark shows it when pointed at, and the table has it).
    """
    out = points.filter(pl.col("outside") > 0).sort(
        "outside", (pl.col("value") - sum(domain) / 2).abs(), descending=True
    )
    low, high = domain

    def pixel(size: float, value: float) -> tuple[float, float]:
        return width * (size / most) ** 0.5, _HEIGHT * (high - value) / (high - low)

    marks = [pixel(*row) for row in points.select("size", "at").iter_rows()]
    taken: list[tuple[float, float, float, float]] = []
    sides: list[list[int]] = [[] for _ in _SIDES]
    for i, (size, at, name) in enumerate(out.select("size", "at", "name").iter_rows()):
        x, y = pixel(size, at)
        wide = 6.6 * len(name)
        for k, (align, dx, dy) in enumerate(_SIDES):
            left = x + dx - {"left": 0.0, "right": wide, "center": wide / 2}[align]
            box = (left, y + dy - 6, left + wide, y + dy + 6)
            hits = any(_overlap(box, other) for other in taken)
            hits = hits or any(
                box[0] - 3 < mx < box[2] + 3 and box[1] - 3 < my < box[3] + 3 for mx, my in marks
            )
            if not hits and box[0] >= 0 and box[2] <= width + 60:
                taken.append(box)
                sides[k].append(i)
                break
    return [(out[rows], _SIDES[k]) for k, rows in enumerate(sides) if rows]


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
