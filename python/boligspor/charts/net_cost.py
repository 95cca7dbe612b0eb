"""Charts of what it costs to house someone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import polars as pl

from boligspor import _core
from boligspor.charts import look
from boligspor.charts.look import OfflineChart, pick

if TYPE_CHECKING:
    from boligspor.net_cost import NetCost

_HEIGHT = 290
_PAYERS = 4
"""Payers shown by themselves: those whose money moves most."""


def _accounts(frame: pl.DataFrame, lang: str) -> pl.DataFrame:
    """Add each account's name."""

    def name(view: str, payer: str | None) -> str:
        if view == "societal":
            return pick(lang, "samfundet", "society")
        if payer == "all":
            return pick(lang, "alle betalere", "all payers")
        return _core.cost_label("payer", payer or "", lang)

    names = [name(v, p) for v, p in zip(frame["view"], frame["payer"], strict=True)]
    return frame.with_columns(account=pl.Series(names, dtype=pl.String))


def _notes(of: NetCost, lang: str) -> list[str]:
    warned = of.warnings_in(lang)  # type: ignore[arg-type]
    return [of.describe(lang), *(look.capital(w) for w in warned)]  # type: ignore[arg-type]


def _named(ends: pl.DataFrame, x: alt.X, y: str, colour: alt.Color, height: int) -> alt.Chart:
    """Write each line's name beside its end, apart from the others."""
    values = ends[y].to_list()
    low, high = min(values), max(values)
    gap = (high - low) * 15 / height if high > low else 1.0
    places = look.spread(values, gap, low - gap * len(values), high + gap * len(values))
    chart: alt.Chart = (
        alt.Chart(ends.with_columns(place=pl.Series(places)))
        .mark_text(align="left", dx=7, fontSize=look.LABEL, fontWeight=600)
        .encode(x=x, y="place:Q", text="account:N", color=colour)
    )
    return chart


def break_even(of: NetCost, lang: str, width: int) -> OfflineChart:
    """Draw net cost by month and payer, the sum with its interval."""
    frame = _accounts(of.curve().filter(pl.col("view") == "budget"), lang)
    last = int(frame["month"].to_numpy().max())
    ends = frame.filter(pl.col("month") == last).sort(
        pl.col("payer") != "all", -pl.col("cumulative").abs()
    )[: 1 + _PAYERS]
    names = ends["account"].to_list()
    frame = frame.filter(pl.col("account").is_in(names))
    every = frame.filter(pl.col("payer") == "all")
    months = look.month_ticks(last)
    axis = alt.Axis(
        title=pick(lang, "Måneder fra tidspunkt nul", "Months from time zero"), values=months
    )
    x = alt.X("month:Q", axis=axis, scale=alt.Scale(domain=[0, last], nice=False))
    title = pick(lang, "Nettoudgift pr. placeret", "Net cost per person placed")
    y = alt.Y("cumulative:Q", axis=look.number_axis(lang, title))
    scale = alt.Scale(domain=names, range=[look.INK, *look.PALETTE])
    colour = alt.Color("account:N", scale=scale, legend=None)
    zero = alt.Chart(pl.DataFrame({"y": [0]})).mark_rule(color=look.AXIS).encode(y="y:Q")
    band = alt.Chart(every).mark_area(color=look.GREY, opacity=0.25)
    band = band.encode(x=x, y="low:Q", y2="high:Q")
    tips = ["month:Q", "account:N", alt.Tooltip("cumulative:Q", format=",.0f")]
    line = alt.Chart(frame).mark_line(strokeWidth=2).encode(x=x, y=y, color=colour, tooltip=tips)
    label = _named(ends, x, "cumulative", colour, _HEIGHT)
    main = alt.layer(zero, band, line, label).properties(width=width, height=_HEIGHT)
    return look.finish(
        [main],
        title=pick(lang, "Hvornår er det tjent ind?", "When does it break even?"),
        subtitle=pick(
            lang,
            "Under nul er tjent ind; skygge: 95 %-interval for alle betalere, hver måned for sig",
            "Below zero is broken even; shaded: 95% interval of all payers, each month by itself",
        ),
        notes=_notes(of, lang),
        width=width + 110,
    )


def plane(of: NetCost, lang: str, width: int) -> OfflineChart:
    """Draw extra days and extra cost of each replicate, of all payers together."""
    every = (pl.col("view") == "budget") & (pl.col("payer") == "all")
    points = of.plane().filter(every)
    found = of.per_day().filter(every)
    axis = look.number_axis(
        lang, pick(lang, "Ekstra dage i bolig pr. placeret", "Extra days housed per person placed")
    )
    x = alt.X("days:Q", axis=axis)
    cost = pick(lang, "Ekstra udgift pr. placeret", "Extra cost per person placed")
    y = alt.Y("cost:Q", axis=look.number_axis(lang, cost))
    dots = alt.Chart(points).mark_point(color=look.BLUE, filled=True, size=12, opacity=0.5)
    result = alt.Chart(found.select(days="days_difference", cost="cost_difference")).mark_point(
        color=look.INK, filled=True, size=110, opacity=1
    )
    across = alt.Chart(pl.DataFrame({"y": [0]})).mark_rule(color=look.AXIS).encode(y="y:Q")
    up = alt.Chart(pl.DataFrame({"x": [0]})).mark_rule(color=look.AXIS).encode(x="x:Q")
    main = alt.layer(across, up, dots.encode(x=x, y=y), result.encode(x=x, y=y))
    quarters = {
        "more_for_more": ("flere dage for flere penge", "more days for more money"),
        "more_for_less": ("flere dage for færre penge", "more days for less money"),
        "less_for_less": ("færre dage for færre penge", "fewer days for less money"),
        "less_for_more": ("færre dage for flere penge", "fewer days for more money"),
    }
    shares = [(pick(lang, *words), found[column][0]) for column, words in quarters.items()]
    said = ", ".join(f"{words} {look.percent(s, lang)}" for words, s in shares if s is not None)
    return look.finish(
        [main.properties(width=width, height=_HEIGHT)],
        title=pick(lang, "Dage i bolig og deres pris", "Days housed and their cost"),
        subtitle=[
            pick(
                lang,
                "Hver prik er en gentagelse, den store er resultatet; alle betalere",
                "Each dot is a replicate, the large one the result; all payers",
            ),
            look.capital(said),
        ],
        notes=_notes(of, lang),
        width=width,
    )


def acceptability(of: NetCost, lang: str, width: int) -> OfflineChart:
    """Draw the share of replicates that accept each price of a day."""
    frame = _accounts(of.acceptability(), lang)
    names = frame["account"].unique(maintain_order=True).to_list()
    title = pick(lang, "Hvad en ekstra dag i bolig må koste", "What an extra day housed may cost")
    x = alt.X("price:Q", axis=look.number_axis(lang, title))
    share = pick(lang, "Gentagelser, hvor det er prisen værd", "Replicates in which it is worth it")
    y = alt.Y("acceptable:Q", axis=look.percent_axis(share), scale=alt.Scale(domain=[0, 1]))
    scale = alt.Scale(domain=names, range=[look.BLUE, look.INK])
    colour = alt.Color("account:N", scale=scale, legend=None)
    tips = [alt.Tooltip("price:Q", format=","), alt.Tooltip("acceptable:Q", format=".0%")]
    line = alt.Chart(frame).mark_line(strokeWidth=2).encode(x=x, y=y, color=colour, tooltip=tips)
    ends = frame.filter(pl.col("price") == pl.col("price").max())
    label = _named(ends, x, "acceptable", colour, _HEIGHT)
    return look.finish(
        [alt.layer(line, label).properties(width=width, height=_HEIGHT)],
        title=pick(lang, "Er en dag i bolig prisen værd?", "Is a day housed worth its price?"),
        notes=_notes(of, lang),
        width=width + 110,
    )
