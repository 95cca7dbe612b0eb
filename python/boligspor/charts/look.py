"""One look for every chart: that of the command's charts (``boligspor-chart``).

Colours that stay apart for colour-blind readers (Okabe and Ito, *Color
universal design*, 2008); axes and grid in grey, so that the data is what is
dark; series named beside their line; the definition beneath.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from typing import Any

import altair as alt
import polars as pl

from boligspor.errors import ChartError

BLUE, VERMILION, GREEN, PURPLE = "#0072b2", "#d55e00", "#009e73", "#cc79a7"
ORANGE, SKY, YELLOW, GREY = "#e69f00", "#56b4e9", "#f0e442", "#9a9a9a"
PALETTE = [BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, "#6b4c9a", "#7a6a00"]
INK, MUTED, AXIS, GRID = "#1f2428", "#5b636a", "#9aa1a7", "#e6e9eb"
FONT = "Inter, system-ui, Helvetica, Arial, sans-serif"
LABEL, SMALL, NOTE = 12, 11, 10.5

PLACES = {
    "allotted_dwelling": BLUE,
    "other_dwelling": SKY,
    "transitional": GREEN,
    "institution": "#8cc9a1",
    "sofa": YELLOW,
    "hotel": ORANGE,
    "shelter": VERMILION,
    "street": "#8a2d04",
    "treatment": "#e3c2d6",
    "hospital": PURPLE,
    "prison": "#6b4c9a",
    "abroad": "#b9b2a3",
    "unknown": "#dddddd",
    "dead": "#4a4a4a",
}
"""The colour of each place, the same in every chart."""


class OfflineChart(alt.VConcatChart):
    """An Altair chart that a notebook shows as SVG, drawn on this machine.

    Altair's own way to show a chart in some notebooks loads scripts from the
    internet, which a closed research environment does not have. Where another
    renderer than Altair's default has been enabled, that one is used.
    """

    def svg(self) -> str:
        """Return the chart as SVG.

        Raises
        ------
        ChartError
            Where it cannot be drawn.
        """
        out = io.StringIO()
        try:
            self.save(out, format="svg")
        except (ImportError, ValueError) as error:
            raise ChartError(f"a chart cannot be drawn: {error}") from error
        return out.getvalue()

    def _repr_mimebundle_(self, *args: Any, **kwds: Any) -> Any:  # noqa: ANN401 - as Altair
        if alt.renderers.active != "default":
            return super()._repr_mimebundle_(*args, **kwds)
        return {"image/svg+xml": self.svg(), "text/plain": repr(self)}

    def __repr__(self) -> str:
        text = getattr(self["title"], "text", None)
        return f"<{type(self).__name__}: {text}>" if isinstance(text, str) else "<OfflineChart>"


def finish(
    parts: Sequence[Any],
    *,
    title: str,
    subtitle: str | list[str] = "",
    notes: Sequence[str],
    width: int,
) -> OfflineChart:
    """Set parts one below the other under a title, with notes beneath the last."""
    wrapped = [line for note in notes for line in textwrap.wrap(note, int(width / 5))]
    foot = (
        alt.Chart(pl.DataFrame({"": [0]}), height=14 * len(wrapped), width=width)
        .mark_text(align="left", baseline="top", fontSize=NOTE, color=MUTED, lineHeight=14)
        .encode(x=alt.value(0), y=alt.value(2), text=alt.value(wrapped))
    )
    heading = alt.TitleParams(title, subtitle=subtitle) if subtitle else alt.TitleParams(title)
    chart = OfflineChart(vconcat=[*parts, foot], title=heading, spacing=8, bounds="full")
    styled: OfflineChart = (
        chart.resolve_scale(color="independent")
        .configure(font=FONT, background="white")
        .configure_view(stroke=None)
        .configure_title(
            anchor="start",
            fontSize=17,
            fontWeight=600,
            color=INK,
            subtitleColor=MUTED,
            subtitleFontSize=12.5,
            offset=12,
        )
        .configure_axis(
            domainColor=AXIS,
            tickColor=AXIS,
            gridColor=GRID,
            labelColor=MUTED,
            titleColor=MUTED,
            labelFontSize=SMALL,
            titleFontSize=SMALL,
            titleFontWeight="normal",
        )
        .configure_legend(
            labelFontSize=LABEL, labelColor=INK, symbolType="square", title=None, labelLimit=220
        )
    )
    return styled


def pick(lang: str, danish: str, english: str) -> str:
    """Return the one of two texts that is in the language."""
    return danish if lang == "da" else english


def number(value: float, lang: str, decimals: int = 0) -> str:
    """Write a number as the language does."""
    text = f"{value:,.{decimals}f}".replace("-", "−")  # noqa: RUF001 - a minus
    return text.translate(str.maketrans(",.", ".,")) if lang == "da" else text


def percent(value: float, lang: str, decimals: int = 0) -> str:
    """Write a share in per cent."""
    return number(100 * value, lang, decimals) + " %"


def percent_axis(title: str | None = None) -> alt.Axis:
    """Return a value axis of shares."""
    return alt.Axis(
        title=title, labelExpr="format(100 * datum.value, '.0f') + ' %'", domain=False, ticks=False
    )


def number_axis(lang: str, title: str | None = None, **more: Any) -> alt.Axis:  # noqa: ANN401
    """Return a value axis of numbers."""
    options = {"domain": False, "ticks": False} | more
    return alt.Axis(title=title, labelExpr=number_text(lang), **options)


def number_text(lang: str, form: str = ",") -> str:
    """Return the expression that writes a label's number with the language's marks."""
    plain = f"format(datum.value, '{form}')"
    if lang != "da":
        return plain
    return (
        f"replace(replace(replace({plain}, regexp(',', 'g'), ';'), '.', ','), "
        "regexp(';', 'g'), '.')"
    )


def month_ticks(last: float) -> list[int]:
    """Return the months to mark on an axis up to `last`."""
    step = next((s for s in (1, 2, 3, 6, 12, 24, 60) if last / s <= 10), 120)  # noqa: PLR2004
    return list(range(0, int(last) + 1, step))


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Move label positions apart by at least `gap`, as little as possible, within bounds.

    Examples
    --------
    >>> spread([0.5, 0.51], 0.1, 0, 1)
    [0.455, 0.555]
    """
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    groups: list[tuple[float, list[int]]] = []
    for i in order:
        groups.append((wanted[i], [i]))
        while len(groups) > 1:
            (lower, below), (upper, above) = groups[-2], groups[-1]
            if upper - lower >= gap * (len(below) + len(above)) / 2:
                break
            joined = below + above
            centre = sum(wanted[k] for k in joined) / len(joined)
            half = gap * (len(joined) - 1) / 2
            groups[-2:] = [(min(max(centre, low + half), high - half), joined)]
    placed = [0.0] * len(wanted)
    for centre, members in groups:
        for rank, i in enumerate(members):
            placed[i] = round(centre + gap * (rank - (len(members) - 1) / 2), 6)
    return placed


def capital(text: str) -> str:
    """Write the first letter large."""
    return text[:1].upper() + text[1:]
