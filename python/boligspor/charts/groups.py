"""The chart of groups compared: differences with their intervals, a row each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import polars as pl

from boligspor.charts import look
from boligspor.charts import retention as parts
from boligspor.charts.look import OfflineChart, pick

if TYPE_CHECKING:
    from boligspor.groups import GroupComparison

MOST_ROWS = 60
"""More differences than this are no picture; the tables have them all."""


def differences(of: GroupComparison, lang: str, width: int) -> OfflineChart:
    """Draw the differences in shares housed, crude and adjusted."""
    rows = [*_crude(of, lang), *_adjusted(of, lang)][:MOST_ROWS]
    names = {"row": pl.String, "kind": pl.String, "text": pl.String}
    shown = pl.DataFrame(
        rows, schema=names | dict.fromkeys(("value", "low", "high"), pl.Float64), orient="row"
    )
    order = shown["row"].to_list()
    kinds = shown["kind"].unique(maintain_order=True).to_list()
    y = alt.Y(
        "row:N", sort=order, axis=alt.Axis(title=None, ticks=False, domain=False, labelLimit=320)
    )
    axis = look.percent_axis(pick(lang, "Forskel i andel (procentpoint)", "Difference in share"))
    x = alt.X("value:Q", axis=axis)
    colour = alt.Color(
        "kind:N",
        scale=alt.Scale(domain=kinds, range=look.PALETTE),
        legend=alt.Legend(title=None, orient="top") if len(kinds) > 1 else None,
    )
    base = alt.Chart(shown)
    dot = base.mark_point(filled=True, size=70, opacity=1)
    zero = alt.Chart(pl.DataFrame({"value": [0.0]})).mark_rule(color=look.AXIS)
    text = base.mark_text(align="left", fontSize=look.SMALL, color=look.INK)
    main = alt.layer(
        zero.encode(x=x),
        base.mark_rule(strokeWidth=2).encode(x="low:Q", x2="high:Q", y=y, color=colour),
        dot.encode(x=x, y=y, color=colour, tooltip=["row:N", "text:N"]),
        text.encode(x=alt.value(width + 14), y=y, text="text:N"),
    ).properties(width=width, height=24 * max(1, len(order)))
    return look.finish(
        [main],
        title=pick(lang, "Forskelle mellem grupper", "Differences between groups"),
        notes=[of.describe(lang), *of.warnings_in("da" if lang == "da" else "en")],  # type: ignore[arg-type]
        width=width + 160,
    )


def _interval(value: float, low: float | None, high: float | None, lang: str) -> str:
    text = look.number(100 * value, lang, 1)
    if low is None or high is None:
        return text
    return f"{text} ({look.number(100 * low, lang, 1)}; {look.number(100 * high, lang, 1)})"


def _crude(of: GroupComparison, lang: str) -> list[dict[str, object]]:
    kind = pick(lang, "ujusteret, i bolig", "unadjusted, housed")
    return [
        {
            "row": f"{r['to_group']} − {r['from_group']}, "  # noqa: RUF001 - a minus
            + parts.horizon(r["horizon"], r["unit"], lang),
            "kind": kind,
            "value": r["difference"],
            "low": r["low"],
            "high": r["high"],
            "text": _interval(r["difference"], r["low"], r["high"], lang),
        }
        for r in of.table().drop_nulls("difference").iter_rows(named=True)
    ]


def _adjusted(of: GroupComparison, lang: str) -> list[dict[str, object]]:
    frame = of.adjusted()
    if frame.is_empty():
        return []
    kinds = {
        "weighting": pick(lang, "vægtet, bolig beholdt", "weighted, home kept"),
        "doubly_robust": pick(lang, "dobbelt robust, bolig beholdt", "doubly robust, home kept"),
    }
    shares = frame.filter(pl.col("quantity") == "share").drop_nulls("difference")
    return [
        {
            "row": f"{r['group']} − {r['reference']}, "  # noqa: RUF001 - a minus
            f"{parts.horizon(r['horizon'], r['unit'], lang)}, {kinds[r['method']]}",
            "kind": kinds[r["method"]],
            "value": r["difference"],
            "low": r["low"],
            "high": r["high"],
            "text": _interval(r["difference"], r["low"], r["high"], lang),
        }
        for r in shares.iter_rows(named=True)
    ]
