"""Results as a notebook shows them: a table, its definition, its warnings.

A number never travels without its definition, so each table has it beneath.
Everything is inline: a notebook shown elsewhere needs no style sheet of ours.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import polars as pl

from boligspor import _view

if TYPE_CHECKING:
    from boligspor._result import Result
    from boligspor.attrition import Attrition
    from boligspor.checks import CheckReport
    from boligspor.cohort import Cohort
    from boligspor.costs import Costs
    from boligspor.definition import Definition
    from boligspor.municipality import Comparison
    from boligspor.refunds import WhoPays
    from boligspor.register import Register
    from boligspor.release import Released
    from boligspor.retention import Definitions, Retention
    from boligspor.study import Results

MOST_ROWS = 40
"""More rows than this are not shown; the table method gives them all."""

_SHARES = {"share", "low", "high", "share_any"}
_ESTIMATES = ("estimate", "low", "high")
_STYLE = (
    "border-collapse:collapse;font-variant-numeric:tabular-nums;"
    "font-family:Inter,system-ui,sans-serif;font-size:13px;margin:4px 0"
)
_HEAD = (
    "padding:3px 10px;border-bottom:1.5px solid #9aa1a7;text-align:{align};font-weight:600;"
    "white-space:nowrap"
)
_CELL = "padding:3px 10px;border-bottom:1px solid #e6e9eb;text-align:{align};vertical-align:top"
_NOTE = (
    "font-family:Inter,system-ui,sans-serif;font-size:12px;opacity:0.8;max-width:62em;"
    "margin:4px 0;line-height:1.45"
)
_WARNING = (
    "font-family:Inter,system-ui,sans-serif;font-size:12.5px;max-width:60em;margin:4px 0;"
    "padding:4px 10px;border-left:3px solid #d55e00;line-height:1.45"
)


def number(value: float, decimals: int = 0) -> str:
    """Write a number with thousands separators, and a true minus sign."""
    text = f"{value:,.{decimals}f}"
    if text.startswith("-"):
        text = text[1:] if not text.strip("-0.,") else "−" + text[1:]  # noqa: RUF001 - a minus
    return text


def percent(value: float, decimals: int = 1) -> str:
    """Write a share in per cent."""
    return f"{number(100 * value, decimals)} %"


def _written(value: Any, column: str, shares: Iterable[str]) -> str:  # noqa: ANN401, PLR0911
    match value:
        case None:
            return "–"  # noqa: RUF001 - an en dash marks what is not there
        case bool():
            return "yes" if value else ""
        case float() if column in shares:
            return percent(value)
        case float():
            # Money and rates: no more digits than mean anything.
            return number(value, 0 if abs(value) >= 1000 else 2)  # noqa: PLR2004
        case int() if column not in {"horizon", "period", "year"}:
            return number(value)
        case int():
            return str(value).replace("-", "−")  # noqa: RUF001 - a minus
    return str(value)


def table(
    frame: pl.DataFrame,
    *,
    shares: Iterable[str] = (),
    heads: Mapping[str, str] | None = None,
    strong: Sequence[bool] | None = None,
) -> str:
    """Write a frame as an HTML table."""
    shown = frame.head(MOST_ROWS)
    aligned = {c: "right" if t.is_numeric() else "left" for c, t in frame.schema.items()}
    names = heads or {}
    head = "".join(
        f'<th style="{_HEAD.format(align=aligned[c])}">{html.escape(names.get(c, c))}</th>'
        for c in frame.columns
    )
    body = []
    for i, row in enumerate(shown.iter_rows()):
        weight = "font-weight:600" if strong and strong[i] else ""
        cells = "".join(
            f'<td style="{_CELL.format(align=aligned[c])};{weight}">'
            f"{html.escape(_written(v, c, shares))}</td>"
            for c, v in zip(frame.columns, row, strict=True)
        )
        body.append(f"<tr>{cells}</tr>")
    out = (
        f'<table style="{_STYLE}"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table>"
    )
    if frame.height > MOST_ROWS:
        out += note(f"{MOST_ROWS} of {number(frame.height)} rows; table() gives all.")
    return out


def note(text: str) -> str:
    """Write a note beneath a table."""
    lines = "<br>".join(html.escape(line) for line in text.splitlines())
    return f'<div style="{_NOTE}">{lines}</div>'


def warnings(texts: Iterable[str]) -> str:
    """Write warnings, each set apart."""
    return "".join(f'<div style="{_WARNING}">{html.escape(_capital(t))}</div>' for t in texts)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _title(text: str) -> str:
    return (
        '<div style="font-family:Inter,system-ui,sans-serif;font-weight:600;font-size:14px;'
        f'margin-top:4px">{html.escape(text)}</div>'
    )


def definition(of: Definition) -> str:
    """Write a definition."""
    source = note(of.source) if of.source else ""
    return _title(of.name) + note(of.describe()) + source


def retention(of: Retention) -> str:
    """Write retention by one definition."""
    frame = _view.retention(of.table())
    title = f"Retention: {of.definition.name}"
    body = table(frame, shares=_SHARES)
    return _title(title) + body + note(of.describe()) + warnings(of.warnings)


def result(of: Result, title: str, shares: Iterable[str] = _ESTIMATES) -> str:
    """Write a result: a first look at its table, its definition, its warnings."""
    body = table(of._first_look(), shares=set(shares))  # noqa: SLF001 - results are ours
    return _title(title) + body + note(of.describe()) + warnings(of.warnings)


def definitions(of: Definitions) -> str:
    """Write definitions side by side."""
    frame = of.table()
    if frame.is_empty():
        return _title("Definitions side by side") + warnings(of.warnings)
    body = table(_view.retention(frame), shares=_SHARES)
    return _title("Definitions side by side") + body + note(of.describe()) + warnings(of.warnings)


def costs(of: Costs) -> str:
    """Write a cost trajectory: the sums of each period; the method gives the rest."""
    frame = _view.costs(of.table())
    heads = {"mean_per_person_year": "mean per person-year"}
    body = table(frame, shares={"share_any"}, heads=heads)
    more = note("All categories and payers together; table() has each, contrasts() the changes.")
    return _title("Cost trajectory") + body + more + note(of.describe()) + warnings(of.warnings)


def who_pays(of: WhoPays) -> str:
    """Write who pays under each set of rules; the method gives the rest."""
    body = table(of._first_look())  # noqa: SLF001 - the same first look as text
    more = note("All periods and categories together; changes(), days() and rules() have the rest.")
    return _title("Who pays") + body + more + note(of.describe()) + warnings(of.warnings)


def comparison(of: Comparison) -> str:
    """Write municipalities side by side."""
    body = table(_view.comparison(of.table()), shares=_SHARES)
    return _title("Municipalities") + body + note(of.describe()) + warnings(of.warnings)


def attrition(of: Attrition) -> str:
    """Write an attrition flow."""
    frame = of.table()
    heads = {"rows_out": "rows left out", "persons_out": "persons left out"}
    return _title("Who is in the cohort") + table(frame, heads=heads)


def cohort(of: Cohort) -> str:
    """Write a cohort: its size and its attrition flow."""
    title = f"Cohort of {number(len(of))}, {number(of.persons)} persons"
    strata = note("Divided by " + ", ".join(of.strata)) if of.strata else ""
    heads = {"rows_out": "rows left out", "persons_out": "persons left out"}
    flow = table(of.attrition().table(), heads=heads)
    return _title(title) + flow + note(of.describe()) + strata


def check_report(of: CheckReport) -> str:
    """Write the findings of the data checks."""
    frame = of.table()
    if frame.is_empty():
        return note("The data checks found nothing to remark on.")
    where = pl.concat_str("table", pl.lit(".") + pl.col("column"), ignore_nulls=True)
    shown = frame.select(
        "severity",
        "code",
        where.alias("where"),
        "rows",
        pl.concat_str("message", pl.lit("; "), "hint").alias("what"),
    )
    counts = [
        f"{n} {name}{'s' if n != 1 and name != 'info' else ''}"
        for name in ("error", "warning", "info")
        if (n := frame["severity"].to_list().count(name))
    ]
    strong = (frame["severity"] == "error").to_list()
    return _title("Data checks: " + ", ".join(counts)) + table(shown, strong=strong)


def register(of: Register) -> str:
    """Write a register: its tables, never what is in them."""
    rows = of.rows
    frame = pl.DataFrame({"table": list(rows), "rows": list(rows.values())})
    since = f"{of.observed_from} to " if of.observed_from else "until "
    title = f"Register of {number(of.people)} people, observed {since}{of.observed_until}"
    found = of.check()
    return _title(title) + table(frame) + note(repr(found).strip("<>"))


def released(of: Released) -> str:
    """Write released tables; a withheld value is empty."""
    name, version = of.policy
    parts = [note(f"Released under {name}, version {version}.")]
    for table_name in of.tables:
        title, *notes = of.describe(table_name).split("\n")
        parts += [_title(title), table(of.table(table_name)), *map(note, notes)]
    return "".join(parts)


def results(of: Results) -> str:
    """Write what a study wrote."""
    report = of.report
    where = note(f"Released report: {report}" if report else f"Results: {of.folder}")
    if of.internal is not None:
        where += note(f"Internal, not cleared: {of.internal.folder}")
    return _title("Study results") + where + warnings(of.warnings)
