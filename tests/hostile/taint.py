# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Marked text in the answers of an appliance, and a search for it in everything that a run writes, shows or sends."""

from __future__ import annotations

import base64
import contextlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from ansible.parsing.dataloader import DataLoader
from ansible.template import is_trusted_as_template

from tests.hostile.server import Exchange, Output, Row, Rule, rewritten

MARK = "Tq7aint"
INJECTED = f"{MARK}-line"
"""What stands at the beginning of a line where a line break of an appliance came through."""
FORBIDDEN = "\x00\x07\x08\x0b\x0c\r\x1b\x7f\x85\x9b\u200b\u200e\u202e\u2028\u2066\ufeff\ud800"
"""Characters that could control a terminal, hide or reorder text, or end a line."""


def payload(canary: object = "canary") -> str:
    """Return a text with everything in it that is dangerous anywhere.

    :param canary: the file that exists once a template in it was rendered
    """
    return (
        f"{MARK}{{{{ lookup('pipe', 'touch {canary}') }}}}{{% x %}}<script>{MARK}</script>{FORBIDDEN}\n"
        f"{INJECTED}: &a !!python/object:x #\n- '\"../../%2f\\"
    )


# -- what the appliance sends -----------------------------------------------------------------------------------------


def more_rows(text: str, types: Callable[[str], bool] = lambda _type_name: True, *, words_too: bool) -> Rule:
    """Return a rule that adds to each read of all rows of a type a copy of the first row with that text in every text.

    :param words_too: also in place of numbers, addresses and the words of NITRO, which may end a run early
    """

    def rule(exchange: Exchange) -> Output | None:
        many = isinstance(exchange.json, dict) and isinstance(exchange.json.get(exchange.type), list)
        if exchange.method != "GET" or not many or not exchange.rows or not types(exchange.type):
            return None
        if exchange.path.partition("?")[0].rpartition("/")[2] != exchange.type:
            return None  # one object by its name
        first = exchange.rows[0]
        more = {
            key: value if _is_word(value) and not words_too else tainted(value, text) for key, value in first.items()
        }
        return exchange.with_rows([*exchange.rows, more])

    return rule


def one_attribute(text: str, type_name: str, attribute: str) -> Rule:
    """Return a rule that gives one attribute of all rows of a type that text."""

    def change(found: str, row: Row) -> Row:
        return {**row, attribute: tainted(row[attribute], text)} if found == type_name and attribute in row else row

    return rewritten(change)


def messages(text: str) -> Rule:
    """Return a rule that replaces the message of every answer."""

    def rule(exchange: Exchange) -> Output | None:
        has_one = isinstance(exchange.json, dict) and "message" in exchange.json
        return exchange.with_body({**exchange.json, "message": text}) if has_one else None

    return rule


def contents(text: str) -> Rule:
    """Return a rule that changes every text in the JSON of a file, and puts the text behind any other content."""

    def change(type_name: str, row: Row) -> Row:
        if type_name != "systemfile" or not isinstance(row.get("filecontent"), str):
            return row
        content = base64.b64decode(row["filecontent"])
        try:
            changed = json.dumps(tainted(json.loads(content), text)).encode()
        except ValueError:
            changed = content + text.encode("utf-8", "surrogatepass")
        return {**row, "filecontent": base64.b64encode(changed).decode()}

    return rewritten(change)


def _is_word(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[A-Z0-9_ .:]+", value) is not None


def tainted(value: Any, text: str) -> Any:
    """Return a value with the text in the place of every text in it."""
    if isinstance(value, str):
        return text
    if isinstance(value, list):
        return [tainted(item, text) for item in value]
    return {key: tainted(item, text) for key, item in value.items()} if isinstance(value, dict) else value


def text_attributes(seen: Iterable[Exchange]) -> set[tuple[str, str]]:
    """Return type and name of all attributes with text that an appliance sent."""
    return {
        (exchange.type, key)
        for exchange in seen
        if exchange.method == "GET"
        for row in exchange.rows
        for key, value in row.items()
        if isinstance(value, str)
    }


# -- what became of it ------------------------------------------------------------------------------------------------


def in_text(text: str) -> Iterator[str]:
    """Yield what is wrong with a text that people see, or that is in a file."""
    found = sorted(set(FORBIDDEN) & set(text))
    if MARK in text and found:
        yield f"{found} in {text[max(0, text.index(MARK) - 40) :][:160]!r}"
    if re.search(rf"^\W*{INJECTED}", text, re.MULTILINE):
        yield f"a line of its own in {text[max(0, text.index(INJECTED) - 60) :][:120]!r}"


def in_result(value: Any, where: str = "result") -> Iterator[str]:
    """Yield what is wrong with the result of a task: a callback may show any text of it."""
    if isinstance(value, str):
        yield from (f"{where}: {problem}" for problem in in_text(value))
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from in_result(str(key), f"{where}, a key")
            yield from in_result(item, f"{where}.{key}"[:80])
    elif isinstance(value, list | tuple):
        for item in value:
            yield from in_result(item, where)


def in_files(directory: Path) -> Iterator[str]:
    """Yield what is wrong with the names and the contents of the files below a directory."""
    for path in sorted(directory.rglob("*")):
        if MARK in str(path.relative_to(directory)) or not path.name.isprintable():
            yield f"the name {path.name!r}"
        if not path.is_file():
            continue
        text = path.read_bytes().decode("utf-8", "surrogateescape")
        yield from (f"{path.name}: {problem}" for problem in in_text(text))
        if path.suffix in (".yml", ".yaml"):
            yield from in_yaml(path)
        if path.suffix == ".html":
            yield from in_html(text)


def in_yaml(path: Path) -> Iterator[str]:
    """Yield the texts of a file that Ansible would render as templates."""
    with contextlib.suppress(UnicodeDecodeError):
        loaded = DataLoader().load_from_file(str(path), trusted_as_template=True)
        yield from (f"{path.name}: Ansible trusts {text[:80]!r}" for text in _trusted(loaded) if MARK in text)


def _trusted(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from [value] if is_trusted_as_template(value) else []
    elif isinstance(value, Mapping):
        yield from (text for item in (*value.keys(), *value.values()) for text in _trusted(item))
    elif isinstance(value, list | tuple):
        yield from (text for item in value for text in _trusted(item))


def in_html(text: str) -> Iterator[str]:
    """Yield the elements and attributes of a page that came from an appliance."""
    found: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag == "script" or MARK in str(attrs):
                found.append(f"<{tag} {attrs}>")

    Reader().feed(text)
    yield from found


def in_requests(seen: Iterable[Exchange], at_vips: Iterable[Mapping[str, Any]] = ()) -> Iterator[str]:
    """Yield the requests to the management, and those to virtual servers, that have it in their path."""
    for exchange in seen:
        if MARK in unquote(unquote(exchange.path)) or "unusable" in unquote(unquote(exchange.path)):
            yield f"{exchange.method} {exchange.path[:160]}"
    yield from (f"a probe: {entry}" for entry in at_vips if MARK in unquote(str(entry)))
