# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An HTML page of the impact on a fleet, by customer, appliance and virtual server. It loads and runs nothing.

It is made from the JSON values of the appliances. Every text is escaped here again, and the page's own policy forbids scripts,
frames and loading anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from ..foundation.counted import counted
from ..foundation.foreign_text import printable
from .bounded_counters import Count

_STYLE = (
    "body{font:15px/1.4 system-ui,sans-serif;margin:2em;max-width:75em;color:#222}table{border-collapse:collapse;margin:.5em 0 1.5em}"
    "td,th{border:1px solid #bbb;padding:.25em .6em;text-align:left;vertical-align:top}td.n{text-align:right}"
    "summary{font-size:1.4em;font-weight:bold;margin-top:1em}code{font-size:13px;word-break:break-all}"
    ".locks{background:#b00020;color:#fff}.may{background:#f2b600}.cannot{background:#ccc}"
    ".nobody{background:#cfe8cf}"
)
_COLOURS = {"locks out": "locks", "may lock out": "may", "cannot tell": "cannot", "nobody in these logs": "nobody"}
_WORST = tuple(_COLOURS)


def impact_page(appliances: Sequence[Mapping[str, Any]]) -> str:
    """Return the page.

    :param appliances: the values of :func:`impact_report.impact_values` for each
    """
    ordered = sorted(
        appliances, key=lambda one: (_rank(str(one["conclusion"])), str(one["customer"]), str(one["host"]))
    )
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>Whom would it lock out?</title><style>{_STYLE}</style></head><body><h1>Whom would it lock out?</h1>"
        f"{_customers(ordered)}{_appliances(ordered)}"
        f"{''.join(_appliance(one, number) for number, one in enumerate(ordered))}</body></html>\n"
    )


def _text(value: object) -> str:
    return escape(printable(str(value)))


def _clients(number: Mapping[str, Any]) -> str:
    return Count(number["count"], exact=number["exact"]).of("client")


def _count(number: Mapping[str, Any]) -> str:
    return f"{'' if number['exact'] else 'about '}{number['count']:,}"


def _table(heads: Iterable[str], body: Iterable[Iterable[str]]) -> str:
    rows = "".join(f"<tr>{''.join(cells)}</tr>" for cells in body)
    return f"<table><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr>{rows}</table>" if rows else ""


def _cell(value: str, kind: str = "") -> str:
    return f'<td class="{kind}">{value}</td>' if kind else f"<td>{value}</td>"


def _word(word: str) -> str:
    return _cell(_text(word), _COLOURS.get(word, "cannot"))


def _customers(appliances: Sequence[Mapping[str, Any]]) -> str:
    """Return the table of customers with the worst of their appliances. Two appliances may have the same clients, so a sum is an upper bound."""
    by_customer: dict[str, list[Mapping[str, Any]]] = {}
    for one in appliances:
        by_customer.setdefault(str(one["customer"]) or "(none named)", []).append(one)
    body = []
    for customer, own in sorted(by_customer.items()):
        blocked = [one["totals"]["newly blocked"] for one in own]
        may = sum(one["totals"]["may be newly blocked"]["requests"] for one in own)
        clients = sum(total["clients"]["count"] for total in blocked)
        body.append(
            (
                _cell(_text(customer)),
                _word(min((str(one["conclusion"]) for one in own), key=_rank)),
                _cell(str(len(own)), "n"),
                _cell(f"{sum(one['requests'] for one in own):,}", "n"),
                _cell(f"{sum(total['requests'] for total in blocked):,}", "n"),
                _cell(f"{'at most ' if len(own) > 1 else ''}{clients:,}", "n"),
                _cell(f"{may:,}", "n"),
            )
        )
    heads = ("Customer", "Answer", "Appliances", "Requests", "Newly blocked", "Clients", "May be blocked")
    return f"<h2>Customers</h2>{_table(heads, body)}"


def _appliances(appliances: Sequence[Mapping[str, Any]]) -> str:
    """Return the table of appliances, the worst first, with links to the details."""
    heads = ("Appliance", "Customer", "Answer", "Requests", "Newly blocked", "Clients", "May be blocked", "Not known")
    body = (
        (
            _cell(f'<a href="#a{number}">{_text(one["host"])}</a>'),
            _cell(_text(one["customer"])),
            _word(str(one["conclusion"])),
            _cell(f"{one['requests']:,}", "n"),
            *_numbers(one["totals"]["newly blocked"]),
            _cell(f"{one['totals']['may be newly blocked']['requests']:,}", "n"),
            _cell(str(len(one["why_not_known"])), "n"),
        )
        for number, one in enumerate(appliances)
    )
    return f"<h2>Appliances</h2>{_table(heads, body)}"


def _rank(word: str) -> int:
    return _WORST.index(word) if word in _WORST else 0


def _appliance(one: Mapping[str, Any], number: int) -> str:
    """Return the details of an appliance, folded where nothing needs to be done."""
    unknown = "".join(f"<li>{_text(reason)}</li>" for reason in one["why_not_known"])
    remarks = "".join(f"<li>{_text(remark)}</li>" for remark in one["remarks"])
    is_open = "" if one["conclusion"] == "nobody in these logs" else " open"
    return (
        f'<details id="a{number}"{is_open}><summary>{_text(one["host"])}</summary>'
        f"<p>{_text(one['customer'])} &middot; {_text(one['plan'])} &middot; {_text(one['made'])}</p>"
        f"<table><tr>{_word(str(one['conclusion']))}</tr></table>"
        + (f"<p>Not known:</p><ul>{unknown}</ul>" if unknown else "")
        + _undecided(one)
        + (f"<ul>{remarks}</ul>" if remarks else "")
        + "".join(_vip(vip) for vip in one["vips"])
        + _sources(one["sources"])
        + "</details>"
    )


def _undecided(one: Mapping[str, Any]) -> str:
    """Return the requests that may be attacks whose trigger the log lacks; nothing where there are none."""
    return "".join(
        f"<p>{counted(count, 'request')} may be attacks, not counted as such: the log lacks the {_text(lacking)}</p>"
        for lacking, count in one.get("undecided_attacks", {}).items()
    )


def _vip(vip: Mapping[str, Any]) -> str:
    text = f"<h3>{_text(vip['vip'])}</h3><p>{counted(vip['requests'], 'request')} of {_clients(vip['clients'])}</p>"
    for outcome, found in vip["outcomes"].items():
        if not found["requests"]:
            continue
        text += (
            f"<p><b>{_text(outcome)}</b>: {counted(found['requests'], 'request')} of {_clients(found['clients'])}</p>"
        )
        text += _table(
            ("Policy", "What decides", "Requests", "Clients"),
            (
                (_cell(_text(row["policy"])), _cell(f"<code>{_text(row['clause'])}</code>"), *_numbers(row))
                for row in found["rules"]
            ),
        )
        text += _table(
            ("Method", "Path", "Requests", "Clients"),
            (
                (_cell(_text(row["method"])), _cell(f"<code>{_text(row['path'])}</code>"), *_numbers(row))
                for row in found["urls"]
            ),
        )
    return text


def _numbers(row: Mapping[str, Any]) -> tuple[str, str]:
    return _cell(f"{row['requests']:,}", "n"), _cell(_count(row["clients"]), "n")


def _sources(sources: Sequence[Mapping[str, Any]]) -> str:
    heads = ("Source", "Holds", "Reaches", "Lines", "Requests", "Unparsable", "Lacks")
    return "<p>What was read:</p>" + _table(
        heads,
        (
            (
                _cell(_text(source["format"])),
                _cell(_text(source["holds"])),
                _cell(_text(source["reach"])),
                _cell(f"{source['lines']:,}", "n"),
                _cell(f"{source['requests']:,}", "n"),
                _cell(f"{sum(source['unparsable'].values()):,}", "n"),
                _cell("<br>".join(_text(text) for text in (*source["lacks"], *source["damaged_files"]))),
            )
            for source in sources
        ),
    )
