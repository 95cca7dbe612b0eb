"""Charts of who pays under several sets of refund rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import polars as pl

from boligspor import _core
from boligspor.charts import look
from boligspor.charts.look import OfflineChart, pick

if TYPE_CHECKING:
    from boligspor.refunds import WhoPays

_HEIGHT = 290


def paid(table: pl.DataFrame) -> pl.DataFrame:
    """Add up all periods and categories: money by set and payer, in all and a person-year."""
    strata = table.columns[1 : table.columns.index("period")]
    whole = table.filter(pl.col("category") == "all", *(pl.col(s) == "all" for s in strata))
    return whole.group_by("rules", "payer", maintain_order=True).agg(
        pl.col("total").sum(),
        (pl.col("total").sum() / pl.col("person_years").sum()).alias("per_person_year"),
    )


def stacks(of: WhoPays, lang: str, width: int) -> OfflineChart:
    """Draw a bar a set, the payers stacked, each part with its amount."""
    parts = paid(of.table()).filter(pl.col("payer") != "all", pl.col("total") != 0)
    order = (
        parts.group_by("payer")
        .agg(pl.col("total").abs().sum())
        .sort(["total", "payer"], descending=[True, False])["payer"]
        .to_list()
    )
    names = [look.capital(_core.cost_label("payer", p, lang)) for p in order]
    rules = [look.capital(_core.cost_label("rules", r, lang)) for r in of.sets]
    drawn = (
        parts.with_columns(
            rank=pl.col("payer").replace_strict(
                {p: i for i, p in enumerate(order)}, return_dtype=pl.Int64
            ),
            name=pl.col("payer").replace_strict(dict(zip(order, names, strict=True))),
            set=pl.col("rules").replace_strict(dict(zip(of.sets, rules, strict=True))),
            text=pl.col("per_person_year").map_elements(
                lambda v: look.number(float(f"{v:.4g}"), lang), return_dtype=pl.String
            ),
        )
        .sort("set", "rank")
        .with_columns(to=pl.col("per_person_year").cum_sum().over("set"))
        .with_columns((pl.col("to") - pl.col("per_person_year")).alias("from"))
        .with_columns(middle=(pl.col("from") + pl.col("to")) / 2)
    )
    title = pick(lang, "Refusionsregler", "Refund rules")
    x = alt.X("set:N", sort=rules, axis=alt.Axis(title=title, labelAngle=0, ticks=False))
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
        "name:N",
        scale=alt.Scale(domain=names, range=look.PALETTE),
        legend=alt.Legend(title=None, orient="right", values=names[::-1]),
    )
    size = int(width / max(1, len(rules)) * 0.5)
    base = alt.Chart(drawn)
    bars = base.mark_bar(stroke="white", strokeWidth=0.7, size=size).encode(
        x=x, y=y, y2="to:Q", color=colour
    )
    text = base.mark_text(color="white", fontWeight=600, fontSize=look.SMALL).encode(
        x=x, y="middle:Q", text="text:N"
    )
    return look.finish(
        [alt.layer(bars, text).properties(width=width, height=_HEIGHT)],
        title=pick(lang, "Hvem betaler de samme ophold", "Who pays for the same stays"),
        notes=[of.describe(lang), *(look.capital(w) for w in of.warnings_in(lang))],  # type: ignore[arg-type]
        width=width + 150,
    )
