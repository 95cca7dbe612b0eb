"""Charts of retention: curves, where people live, definitions side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import polars as pl

from boligspor import _core
from boligspor.charts import look
from boligspor.charts.look import OfflineChart, pick

if TYPE_CHECKING:
    from boligspor.retention import Definitions, Retention
    from boligspor.retention_curve import RetentionCurve

MOST_LINES = 7
"""Lines in one picture of strata; more would be a tangle."""

_HEIGHT = 270
_LEAST_SHARE = 0.0005


def curve(of: Retention, lang: str, width: int) -> OfflineChart:
    """Draw the share retained month by month, with the numbers at risk."""
    frame = labelled(of.curve(), "month", lang)
    lines = frame.filter(pl.col("line") != everyone(lang))
    if 1 < lines["line"].n_unique() <= MOST_LINES:
        shown, many = lines, True
    else:
        shown, many = frame.filter(pl.col("line") == everyone(lang)), False
    names = shown["line"].unique(maintain_order=True).to_list()
    last = float(shown["month"].max() or 0)  # type: ignore[arg-type]
    x = alt.X(
        "month:Q",
        scale=alt.Scale(domain=[0, last], nice=False),
        axis=alt.Axis(title=None, values=look.month_ticks(last), grid=False),
    )
    y = alt.Y("share:Q", scale=alt.Scale(domain=[0, 1]), axis=look.percent_axis())
    colour = alt.Color("line:N", legend=None, scale=alt.Scale(domain=names, range=look.PALETTE))
    base = alt.Chart(shown)
    layers: list[alt.Chart] = []
    if not many:
        band = base.mark_area(opacity=0.18, interpolate="step-after")
        low = alt.Y("low:Q", axis=look.percent_axis())
        layers.append(band.encode(x=x, y=low, y2="high:Q", color=colour))
    line = base.mark_line(interpolate="step-after", strokeWidth=2)
    hints = [alt.Tooltip(c, format=".3f") for c in ("share", "low", "high")]
    tips = ["line:N", "month:Q", *hints, "at_risk:Q"]
    layers.append(line.encode(x=x, y=y, color=colour, tooltip=tips))
    if not many and of.definition.measure != "days_housed":
        layers.extend(_readings(of, x, colour, lang))
    layers.append(line_names(shown, colour, lang, last, many=many))
    main = alt.layer(*layers).properties(width=width, height=_HEIGHT)
    title = pick(lang, "Andel i bolig", "Share housed")
    return look.finish(
        [main, at_risk(shown, names, colour, width, lang=lang, since=since(of, lang))],
        title=f"{title}: {of.definition.name}",
        notes=[of.describe(lang)],  # type: ignore[arg-type]
        width=width,
    )


def _readings(of: Retention, x: alt.X, colour: alt.Color, lang: str) -> list[alt.Chart]:
    """Mark the horizons of the table, where a share and its interval are read off."""
    months = {"months": 1.0, "years": 12.0, "days": 1 / 30.4375}
    table = labelled(of.table(), "horizon", lang).filter(
        pl.col("line") == everyone(lang), pl.col("horizon").is_not_null()
    )
    unit = pl.col("unit").replace_strict(months, default=1.0, return_dtype=pl.Float64)
    table = table.with_columns(month=pl.col("horizon") * unit).select(
        "line",
        "month",
        "share",
        "low",
        "high",
        text=pl.col("share").map_elements(lambda s: look.percent(s, lang), return_dtype=pl.String),
    )
    base = alt.Chart(table)
    rule = base.mark_rule(strokeWidth=1.5).encode(x=x, y="low:Q", y2="high:Q", color=colour)
    dot = base.mark_point(filled=True, size=60, opacity=1, stroke="white", strokeWidth=1)
    text = base.mark_text(align="right", dx=-6, dy=14, fontWeight=600, fontSize=look.LABEL)
    return [
        rule,
        dot.encode(x=x, y="share:Q", color=colour),
        text.encode(x=x, y="share:Q", text="text:N", color=colour),
    ]


def line_names(
    shown: pl.DataFrame,
    colour: alt.Color,
    lang: str,
    last: float,
    *,
    many: bool,
) -> alt.Chart:
    """Name lines where they end, with their value where there are many."""
    ends = shown.drop_nulls("share").group_by("line", maintain_order=True).last()
    shares = ends["share"].to_list()
    labels = [
        f"{name}  {look.percent(share, lang)}" if many else name
        for name, share in zip(ends["line"], shares, strict=True)
    ]
    data = pl.DataFrame(
        {
            "line": ends["line"].to_list(),
            "month": [last] * len(labels),
            "place": look.spread(shares, 15 / _HEIGHT, 0, 1),
            "label": labels,
        },
        schema={"line": pl.String, "month": pl.Float64, "place": pl.Float64, "label": pl.String},
    )
    text = alt.Chart(data).mark_text(align="left", dx=8, fontWeight=600, fontSize=look.LABEL)
    named: alt.Chart = text.encode(
        x=alt.X("month:Q"),
        y=alt.Y("place:Q", scale=alt.Scale(domain=[0, 1])),
        text="label:N",
        color=colour,
    )
    return named


def at_risk(
    shown: pl.DataFrame,
    names: list[str],
    colour: alt.Color,
    width: int,
    *,
    lang: str,
    since: str,
) -> alt.Chart:
    """Set the numbers at risk beneath the months."""
    last = float(shown["month"].max() or 0)  # type: ignore[arg-type]
    ticks = look.month_ticks(last)
    near = shown.with_columns(month=pl.col("month").round(0)).filter(
        pl.col("month").cast(pl.Int64).is_in(ticks)
    )
    near = near.unique(["line", "month"], keep="first", maintain_order=True)
    near = near.with_columns(
        text=pl.col("at_risk").map_elements(lambda n: look.number(n, lang), return_dtype=pl.String)
    )
    title = pick(lang, "Antal i risiko", "Number at risk")
    axis = alt.Axis(
        orient="top",
        title=since,
        titleFontSize=look.SMALL,
        labels=False,
        ticks=False,
        domain=False,
        grid=False,
    )
    y = alt.Y(
        "line:N",
        sort=names,
        axis=alt.Axis(
            title=title,
            titleAngle=0,
            titleAlign="right",
            titleAnchor="end",
            titleY=-8,
            titleX=-4,
            labels=False,
            ticks=False,
            domain=False,
        ),
    )
    counts: alt.Chart = (
        alt.Chart(near)
        .mark_text(fontSize=look.SMALL)
        .encode(
            x=alt.X("month:Q", scale=alt.Scale(domain=[0, last], nice=False), axis=axis),
            y=y,
            text="text:N",
            color=colour if len(names) > 1 else alt.value(look.INK),
        )
        .properties(width=width, height=16 * len(names))
    )
    return counts


def occupancy(of: Retention, lang: str, width: int) -> OfflineChart:
    """Draw where people live, month by month, stacked."""
    frame = labelled(of.occupancy(), "month", lang).filter(pl.col("line") == everyone(lang))
    shown = _stacked(frame.rename({"state": "place"}), "month", lang)
    last = float(shown["month"].max() or 0)  # type: ignore[arg-type]
    x = alt.X(
        "month:Q",
        scale=alt.Scale(domain=[0, last], nice=False),
        axis=alt.Axis(title=since(of, lang), values=look.month_ticks(last), grid=False),
    )
    y = alt.Y("from:Q", scale=alt.Scale(domain=[0, 1]), axis=look.percent_axis())
    colour = _place_colour(shown)
    tips = ["label:N", "month:Q", alt.Tooltip("share:Q", format=".1%"), "n:Q", "observed:Q"]
    area = alt.Chart(shown).mark_area(stroke="white", strokeWidth=0.5, line=False)
    ends = shown.filter(pl.col("month") == last)
    middles = ((ends["from"] + ends["to"]) / 2).to_list()
    names = pl.DataFrame(
        {
            "place": ends["place"],
            "month": ends["month"],
            "at": look.spread(middles, 14.5 / _HEIGHT, 0.02, 0.98),
            "text": [
                f"{look.percent(share, lang)}  {label}"
                for share, label in zip(ends["share"], ends["label"], strict=True)
            ],
        }
    )
    swatch = alt.Chart(names).mark_square(size=70, opacity=1, dx=0)
    text = alt.Chart(names).mark_text(align="left", dx=20, fontSize=look.LABEL, color=look.INK)
    at = alt.Y("at:Q", scale=alt.Scale(domain=[0, 1]))
    end = alt.X("month:Q")
    main = alt.layer(
        area.encode(x=x, y=y, y2="to:Q", color=colour, tooltip=tips),
        swatch.encode(x=end, y=at, color=colour, xOffset=alt.value(11)),
        text.encode(x=end, y=at, text="text:N"),
    ).properties(width=width, height=_HEIGHT)
    note = pick(
        lang,
        "Andel af dem, der følges den måned. Én tilstand pr. dag; overlap afgøres af den angivne "
        "rækkefølge.",
        "Share of those followed in the month. One state a day; overlaps are settled by the stated "
        "precedence.",
    )
    seen = shown.filter(pl.col("month").cast(pl.Int64).is_in(look.month_ticks(last))).unique(
        "month", keep="first", maintain_order=True
    )
    counts = seen.select(
        "month",
        line=pl.lit(""),
        text=pl.col("observed").map_elements(
            lambda n: look.number(n, lang), return_dtype=pl.String
        ),
    )
    below = _counts(counts, last, width, pick(lang, "Antal fulgt", "Number followed"))
    return look.finish(
        [main, below],
        title=pick(lang, "Hvor borgerne bor", "Where people live"),
        notes=[note],
        width=width,
    )


def _counts(frame: pl.DataFrame, last: float, width: int, title: str) -> alt.Chart:
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
        alt.Chart(frame)
        .mark_text(fontSize=look.SMALL, color=look.INK)
        .encode(
            x=alt.X("month:Q", scale=alt.Scale(domain=[0, last], nice=False), axis=None),
            y=alt.Y("line:N", axis=axis),
            text="text:N",
        )
        .properties(width=width, height=16)
    )
    return counts


def outcomes(of: Retention, lang: str, width: int) -> OfflineChart:
    """Draw where everyone was at each horizon, as bars of a hundred per cent."""
    frame = labelled(of.outcomes(), "horizon", lang).filter(
        pl.col("line") == everyone(lang), pl.col("outcome") != "not_observed"
    )
    frame = frame.rename({"outcome": "place"}).with_columns(
        bar=pl.struct("horizon", "unit").map_elements(
            lambda h: horizon(h["horizon"], h["unit"], lang), return_dtype=pl.String
        )
    )
    shown = _stacked(frame, "bar", lang).with_columns(
        middle=(pl.col("from") + pl.col("to")) / 2,
        text=pl.when(pl.col("share") >= 0.05).then(  # noqa: PLR2004 - room for the text
            pl.col("share").map_elements(lambda s: look.percent(s, lang), return_dtype=pl.String)
        ),
    )
    bars = shown["bar"].unique(maintain_order=True).to_list()
    y = alt.Y("bar:N", sort=bars, axis=alt.Axis(title=None, ticks=False, domain=False))
    x = alt.X("from:Q", scale=alt.Scale(domain=[0, 1]), axis=look.percent_axis())
    base = alt.Chart(shown)
    tips = ["label:N", "bar:N", alt.Tooltip("share:Q", format=".1%"), "n:Q"]
    bar = base.mark_bar(stroke="white", strokeWidth=1, size=24)
    named = alt.Chart(shown.drop_nulls("text"))
    text = named.mark_text(fontSize=look.SMALL, fontWeight=600).encode(
        x="middle:Q",
        y=y,
        text="text:N",
        color=alt.condition(
            alt.FieldOneOfPredicate(
                field="place",
                oneOf=["allotted_dwelling", "shelter", "street", "prison", "dead"],
            ),
            alt.value("white"),
            alt.value(look.INK),
        ),
    )
    legend = alt.Legend(title=None, columns=1)
    main = alt.layer(
        bar.encode(x=x, x2="to:Q", y=y, color=_place_colour(shown, legend=legend), tooltip=tips),
        text,
    ).properties(width=width, height=34 * len(bars))
    return look.finish(
        [main],
        title=pick(lang, "Hvor borgerne var", "Where people were"),
        notes=[
            pick(lang, "Andel af dem, der blev fulgt så længe.", "Share of those followed so long.")
        ],
        width=width,
    )


def definitions(of: Definitions, lang: str, width: int) -> OfflineChart:
    """Draw the shares of several definitions with their intervals."""
    table = of.table()
    rows = [
        {
            "row": f"{r['definition']}, {horizon(r['horizon'], r['unit'], lang)}",
            "definition": r["definition"],
            "share": r["share"],
            "low": r["low"],
            "high": r["high"],
            "text": _with_interval(r["share"], r["low"], r["high"], lang),
            "n": look.number(r["n"], lang),
        }
        for r in table.iter_rows(named=True)
    ]
    names = {"row": pl.String, "definition": pl.String, "text": pl.String, "n": pl.String}
    shown = pl.DataFrame(
        rows, schema=names | dict.fromkeys(("share", "low", "high"), pl.Float64), orient="row"
    )
    order = shown["row"].to_list()
    y = alt.Y(
        "row:N", sort=order, axis=alt.Axis(title=None, ticks=False, domain=False, labelLimit=260)
    )
    x = alt.X(
        "share:Q",
        scale=alt.Scale(domain=[0, 1]),
        axis=look.percent_axis(pick(lang, "Andel i bolig", "Share housed")),
    )
    kinds = shown["definition"].unique(maintain_order=True).to_list()
    colour = alt.Color(
        "definition:N", legend=None, scale=alt.Scale(domain=kinds, range=look.PALETTE)
    )
    base = alt.Chart(shown)
    dot = base.mark_point(filled=True, size=70, opacity=1)
    text = base.mark_text(align="left", fontSize=look.SMALL, color=look.INK)
    main = alt.layer(
        base.mark_rule(strokeWidth=2).encode(x="low:Q", x2="high:Q", y=y, color=colour),
        dot.encode(x=x, y=y, color=colour, tooltip=["row:N", "text:N", "n:N"]),
        text.encode(x=alt.value(width + 14), y=y, text="text:N"),
        text.encode(x=alt.value(width + 120), y=y, text="n:N"),
    ).properties(width=width, height=26 * max(1, len(order)))
    return look.finish(
        [main],
        title=pick(
            lang,
            "Samme mennesker, forskellige definitioner",
            "The same people, different definitions",
        ),
        subtitle=pick(
            lang,
            "Andel i bolig med 95 %-interval, og antal personer",
            "Share housed with 95 % interval, and number of people",
        ),
        notes=of.describe(lang).splitlines(),  # type: ignore[arg-type]
        width=width + 180,
    )


def horizon(number: int | None, unit: str, lang: str) -> str:
    """Write a horizon in words."""
    if number is None:
        return pick(lang, "sidst set", "last seen")
    words = {
        "months": ("måned", "måneder", "month", "months"),
        "years": ("år", "år", "year", "years"),
        "days": ("dag", "dage", "day", "days"),
    }
    one_da, many_da, one_en, many_en = words[unit]
    one = number == 1
    return f"{number} {pick(lang, one_da if one else many_da, one_en if one else many_en)}"


def _with_interval(share: float | None, low: float | None, high: float | None, lang: str) -> str:
    if share is None:
        return "–"  # noqa: RUF001 - an en dash
    if low is None or high is None:
        return look.percent(share, lang)
    bounds = f"{look.number(100 * low, lang)}–{look.number(100 * high, lang)}"  # noqa: RUF001
    return f"{look.percent(share, lang)} ({bounds})"


def everyone(lang: str) -> str:
    """Name the whole cohort."""
    return pick(lang, "Alle", "All")


def since(of: Retention | RetentionCurve, lang: str) -> str:
    """Say what the months are counted from."""
    if of.definition.counted == "enrolled":
        return pick(lang, "Måneder fra indskrivning", "Months from enrolment")
    return pick(lang, "Måneder fra boligtildeling", "Months from placement")


def labelled(frame: pl.DataFrame, first: str, lang: str) -> pl.DataFrame:
    """Name each row's stratum in a column ``line``; the whole is ``All``."""
    strata = frame.columns[: frame.columns.index(first)]
    if not strata:
        return frame.with_columns(line=pl.lit(everyone(lang)))
    whole = pl.all_horizontal(pl.col(s) == "all" for s in strata)
    joined = pl.concat_str([pl.col(s) for s in strata], separator=" · ")
    return frame.with_columns(line=pl.when(whole).then(pl.lit(everyone(lang))).otherwise(joined))


def _stacked(frame: pl.DataFrame, over: str, lang: str) -> pl.DataFrame:
    """Stack the shares of places from the bottom, leaving out those never seen."""
    labels = dict(_core.places(lang))
    shown = frame.filter(pl.col("share").is_not_null())
    seen = set(shown.filter(pl.col("share") >= _LEAST_SHARE)["place"].to_list())
    shown = shown.filter(pl.col("place").is_in(seen))
    return shown.with_columns(
        to=pl.col("share").cum_sum().over(over),
        label=pl.col("place").map_elements(
            lambda p: look.capital(labels.get(p, p)), return_dtype=pl.String
        ),
    ).with_columns((pl.col("to") - pl.col("share")).alias("from"))


def _place_colour(shown: pl.DataFrame, legend: alt.Legend | None = None) -> alt.Color:
    """Colour places alike everywhere."""
    places = shown.unique("place", keep="first", maintain_order=True)
    field = "place:N" if legend is None else "label:N"
    domain = places["place" if legend is None else "label"].to_list()
    colours = [look.PLACES.get(p, look.GREY) for p in places["place"]]
    return alt.Color(field, legend=legend, scale=alt.Scale(domain=domain, range=colours))
