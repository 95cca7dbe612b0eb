"""A map of tiles: every municipality with the same area, roughly where it lies."""

from __future__ import annotations

import altair as alt
import polars as pl

from boligspor import _core
from boligspor._options import refuse
from boligspor.charts import look
from boligspor.charts.look import OfflineChart, pick

_NONE = "#e6e9eb"
_MIDDLE = "#f4f5f6"
_EDGE = 4
"""Pixels of a tile that its name leaves free."""


def draw(
    values: pl.DataFrame,
    *,
    title: str,
    middle: float | None,
    decimals: int,
    lang: str,
    width: int,
) -> OfflineChart:
    """Draw the map."""
    if not {"municipality", "value"} <= set(values.columns):
        raise refuse("values", "lack `municipality` or `value`", "name the two columns so")
    schema = ["code", "row", "column", "name"]
    places = pl.DataFrame(_core.tiles(), schema=schema, orient="row")
    code = pl.col("municipality").cast(pl.String).str.extract(r"(\d{3})\)?$")
    known = values.select(code=code, value=pl.col("value").cast(pl.Float64))
    frame = places.join(known, on="code", how="left", maintain_order="left")
    written = pl.col("value").map_elements(
        lambda v: look.number(v, lang, decimals), return_dtype=pl.String, skip_nulls=True
    )
    found = frame["value"].drop_nulls()
    ends = [float(v) if isinstance(v, float) else 0.0 for v in (found.min(), found.max())]
    if middle is not None:
        far = max(ends[1] - middle, middle - ends[0], 1e-9)
        scale = alt.Scale(
            domain=[middle - far, middle, middle + far], range=[look.BLUE, _MIDDLE, look.VERMILION]
        )
        away = ((pl.col("value") - middle).abs() / far) > 0.65  # noqa: PLR2004 - dark from here
    else:
        scale = alt.Scale(domain=ends, range=["#e4eef5", "#003f66"])
        span = max(ends[1] - ends[0], 1e-9)
        away = ((pl.col("value") - ends[0]) / span) > 0.5  # noqa: PLR2004 - dark from here
    rows = int(frame["row"].n_unique())
    columns = int(frame["column"].n_unique())
    side = width / columns
    lines = [_core.tile_lines(name, side - _EDGE) for name in frame["name"]]
    frame = frame.with_columns(
        pl.Series("short", ["\n".join(parts) for parts, _ in lines]),
        pl.Series("letters", [size for _, size in lines]),
        text=written.fill_null("–"),  # noqa: RUF001 - an en dash marks what is not there
        ink=pl.when(away.fill_null(value=False)).then(pl.lit("white")).otherwise(pl.lit(look.INK)),
    )
    band = alt.Scale(paddingInner=0.04, paddingOuter=0)
    x = alt.X("column:O", axis=None, scale=band)
    y = alt.Y("row:O", axis=None, scale=band)
    base = alt.Chart(frame)
    legend = alt.Legend(
        title=None,
        orient="bottom",
        gradientLength=200,
        tickCount=5,
        labelExpr=look.number_text(lang, f",.{decimals}f"),
    )
    colour = alt.condition(
        "isValid(datum.value)",
        alt.Color("value:Q", scale=scale, legend=legend),
        alt.value(_NONE),
    )
    tips = [alt.Tooltip("name:N"), alt.Tooltip("text:N")]
    ink = alt.Color("ink:N", scale=None, legend=None)
    size = max(6.0, min(9.5, side / 5.2))
    main = (
        alt.layer(
            base.mark_rect().encode(x=x, y=y, color=colour, tooltip=tips),
            base.mark_text(lineBreak="\n", lineHeight=size + 0.5, dy=-0.3 * side).encode(
                x=x,
                y=y,
                text="short:N",
                color=ink,
                size=alt.Size("letters:Q", scale=None, legend=None),
            ),
            base.mark_text(fontSize=size + 1.5, fontWeight=600, dy=0.24 * side).encode(
                x=x, y=y, text="text:N", color=ink
            ),
        )
        .properties(width=width, height=rows * side * 0.85)
        .resolve_scale(color="independent")
    )
    note = pick(
        lang,
        "Hver kommune har et felt omtrent, hvor den ligger. Grå: intet tal.",
        "Each municipality has a tile roughly where it lies. Grey: no number.",
    )
    return look.finish([main], title=title, notes=[note], width=width)
