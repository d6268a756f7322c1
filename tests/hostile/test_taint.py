# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""No text of an appliance reaches a file name, a path, a probe or the screen unchecked: every verb, with marked text in the answers.

`make test` plays the fixed cells of SAMPLE; ALL=1 plays a cell for every attribute with text that the simulator sends, and for every type of rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import pytest
from ansible_collections.tourniquet.netscaler.plugins.action import apply, audit, lockdown, reopen, rollback, status
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.base import TourniquetAction
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import TourniquetError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.foreign_text import printable

from simulator import Simulator
from tests import sample
from tests.engine.control_nodes import simulated
from tests.hostile import taint
from tests.hostile.server import HostileServer, Rule, first_of, hostile
from tests.stage.memory import CATALOGUE, MARKER, Stage

BOX: dict[str, Any] = {
    "build": "13.0 47.22",
    "nodes": ["127.0.0.1:0", "127.0.0.1:0"],
    "features": ["LB", "SSL", "SSLVPN", "RESPONDER"],
    "vservers": [
        {"type": "vpn", "name": "gw", "address": "127.0.0.2:0", "protocol": "SSL"},
        {"type": "lb", "name": "shop", "address": "127.0.0.2:0", "protocol": "HTTP"},
    ],
    "configuration": {
        "responderpolicy": [
            {"name": "theirs", "rule": 'HTTP.REQ.URL.CONTAINS("/x/")', "action": "NOOP", "comment": "c"}
        ],
        "responderglobal_responderpolicy_binding": [
            {"policyname": "theirs", "priority": 7, "gotopriorityexpression": "NEXT", "type": "REQ_OVERRIDE"}
        ],
    },
}
ROWS, WORDS, MESSAGES, CONTENTS = "rows", "rows with words", "messages", "contents"
SAMPLE = (ROWS, WORDS, MESSAGES, CONTENTS, "nsconfig.systemtype", "nsrunningconfig.response", "responderpolicy.comment")
STORY = (
    ("plan", apply, {}),
    ("apply", apply, {"save": "always"}),
    ("verify", status, {"probes": "all"}),
    ("audit", audit, {}),
    ("preview of lockdown", lockdown, {"who": "P. Jansen", "reason": "r", "ticket": "CHG1", "expires": "8"}),
    ("lockdown", lockdown, {"who": "P. Jansen", "reason": "r", "ticket": "CHG1", "expires": "8"}),
    (
        "reopen",
        reopen,
        {"who": "P. Jansen", "second": "M. Vis", "reason": "r", "ticket": "CHG1", "accept_exposure": True},
    ),
    ("undo", rollback, {"why": "undo", "accept_exposure": True}),
    ("status", status, {}),
    ("audit again", audit, {}),
)


@pytest.fixture(scope="module")
def box() -> Iterator[Simulator]:
    with simulated(BOX) as running:
        yield running


def play(stage: Stage, plans: Path) -> Iterator[tuple[str, Any]]:
    """Play all verbs as their actions do; yield the result of each, or its error as the action shows it."""
    template = (CATALOGUE / "v2.yml.j2").read_text(encoding="utf-8")
    text = jinja2.Environment(trim_blocks=True).from_string(template)
    given: dict[str, Any] = {
        "records": str(stage.records),
        "consents": str(stage.records.parent / "consent"),
        "catalogue": str(CATALOGUE.parent),
        "mitigation": CATALOGUE.name,
        "version": 2,
        "document": text.render(name=f"tq_{CATALOGUE.name}", priority=10, log=True, marker=MARKER),
        "as_of": "2020-01-15",
    }
    for verb, module, own in STORY:
        action: type[TourniquetAction] = module.ActionModule
        preview = verb.startswith(("plan", "preview"))
        defaults = {name: option.get("default") for name, option in action.OPTIONS.items()}
        known = {name: value for name, value in {**given, **own}.items() if name in defaults}
        fixed = getattr(module, "FIXED", {})  # what lockdown.yml says of close.yml
        options = {**defaults, **known, **fixed, **({"plans": str(plans)} if preview and "plans" in defaults else {})}
        task = action.TASK(stage.appliance, options, preview, preview)
        try:
            result = task.values()
        except TourniquetError as error:
            yield verb, printable(str(error))
        else:
            yield verb, {**result, "msg": printable(result["msg"])}


@cache
def discovered() -> tuple[str, ...]:
    """Return the cells: one for every attribute with text, and for every type of rows, that an honest appliance sends to all verbs."""
    with hostile() as server, simulated(BOX) as running:
        directory = Path(running.ready["ca_file"]).parent / "discovery"
        for _verb, _result in play(Stage(running, directory / "records"), directory / "plans"):
            pass
        attributes = taint.text_attributes(server.seen)
    return (
        *(f"rows of {name}" for name in sorted({name for name, _a in attributes})),
        *(f"{t}.{a}" for t, a in sorted(attributes)),
    )


def rule_of(cell: str) -> Rule:
    text = taint.payload()
    if cell in (ROWS, WORDS):
        # With admin partitions a lockdown is refused, so their names have a cell of their own.
        return taint.more_rows(text, lambda type_name: type_name != "nspartition", words_too=cell == WORDS)
    if cell.startswith("rows of "):
        return taint.more_rows(text, lambda type_name: type_name == cell.removeprefix("rows of "), words_too=True)
    if cell == MESSAGES:
        return first_of(taint.messages(text))
    if cell == CONTENTS:
        return taint.contents(text)
    type_name, _dot, attribute = cell.partition(".")
    return taint.one_attribute(text, type_name, attribute)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "cell" in metafunc.fixturenames:
        metafunc.parametrize("cell", (*SAMPLE, *(discovered() if sample.ALL else ())))


def test_marked_text_reaches_nothing(box: Simulator, server: HostileServer, tmp_path: Path, cell: str) -> None:
    box.reset()
    box.clear_requests()
    stage = Stage(box, tmp_path / "records")
    stage.variables["vips"] = [vip | {"tls": vip["kind"] == "vpn"} for vip in stage.variables["vips"]]
    server.rule = rule_of(cell)
    problems: list[str] = []
    verbs = []
    for verb, result in play(stage, tmp_path / "plans"):
        verbs.append(verb)
        problems += [f"{verb}: {problem}" for problem in taint.in_result(result)]
    assert len(verbs) == len(STORY)
    problems += taint.in_files(tmp_path)
    problems += taint.in_requests(server.seen, (entry for entry in box.requests() if entry["side"] != "nitro"))
    assert not problems, "\n".join(dict.fromkeys(problems))


def test_the_marked_text_is_sent_and_the_search_finds_it(box: Simulator, server: HostileServer, tmp_path: Path) -> None:
    """So the test above can fail."""
    box.reset()
    server.rule = rule_of(ROWS)
    for _verb, _result in play(Stage(box, tmp_path / "records"), tmp_path / "plans"):
        break
    changed = {exchange.type for exchange in server.seen if server.rule(exchange) is not None}
    assert {"vpnvserver", "responderpolicy", "hanode"} <= changed
    text = taint.payload()
    assert list(taint.in_text(text))
    assert list(taint.in_result({"a": [{"b": text}]}))
    assert list(taint.in_result({text: 1}))
    assert list(taint.in_html(f"<p>{text}"))
    (tmp_path / "own.yml").write_text(f'a: "{taint.MARK}{{{{ x }}}}"', encoding="utf-8")
    (tmp_path / taint.MARK).write_bytes(b"")
    assert len(list(taint.in_files(tmp_path))) == 2
