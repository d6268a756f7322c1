# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A preview of any verb on an appliance writes nothing there, and says in one line what it found."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jinja2
import pytest

from simulator import Simulator
from tests.engine.control_nodes import simulated
from tests.stage.memory import CATALOGUE, MARKER, Stage

BOX: dict[str, Any] = {
    "build": "13.0 47.22",
    "nodes": ["127.0.0.1:0"],
    "features": ["LB", "SSL", "SSLVPN", "RESPONDER"],
    "vservers": [{"type": "vpn", "name": "gw", "address": "127.0.0.2:0", "protocol": "SSL"}],
}
SAID = {
    "alarm": (False, "box: INCOMPLETE: the alarm: in check mode no request is sent"),
    "apply": (True, "exposed: exploit public since 2020-01-10"),
    "audit": (False, "0 runs; records, copies and chain agree"),
    "bootstrap": (True, "the user tourniquet: "),
    "close": (True, "would be closed (notice): gw (vpn "),
    "doctor": (False, ""),
    "end_sessions": (True, "would end no session (after the fix of cve_2023_4966)"),
    "evidence": (False, "box: 1 node, "),
    "hunt": (False, "box: nothing found in 1 node, "),
    "leave": (False, "nothing of ours was found"),
    "prove": (False, "nothing was sent"),
    "read_logs": (False, "box: nothing found in 4 logs, "),
    "reopen": (False, "nothing to reopen"),
    "retire": (False, "cve_2019_19781: there is nothing of it on the appliance"),
    "rollback": (False, "cve_2019_19781: there is nothing of it on the appliance"),
    "status": (
        False,
        "exposed: exploit public since 2020-01-10 (reported by j81blog/ADC-19781). Next action: apply.yml",
    ),
    "watch": (False, "box: nothing found in 1 node, "),
}
"""By verb, whether its preview would change something, and how what it says begins."""
READERS = ("audit", "doctor", "read_logs", "status")
"""Of those that only read at any time."""


@pytest.fixture(scope="module")
def box() -> Iterator[Simulator]:
    with simulated(BOX) as running:
        yield running


def given(stage: Stage, directory: Path) -> dict[str, Any]:
    template = jinja2.Environment(trim_blocks=True).from_string((CATALOGUE / "v2.yml.j2").read_text(encoding="utf-8"))
    return {
        "records": str(stage.records),
        "catalogue": str(CATALOGUE.parent),
        "mitigation": CATALOGUE.name,
        "version": 2,
        "document": template.render(name=f"tq_{CATALOGUE.name}", priority=10, log=True, marker=MARKER),
        "as_of": "2020-01-15",
        "who": "P. Jansen",
        "second": "M. Vis",
        "reason": "r",
        "ticket": "CHG1",
        "expires": "8",
        "accept_exposure": True,
        "record_key": str(directory / "key"),
        "allowed_signers": str(directory / "signers"),
        "admin_user": stage.appliance.user,
        "admin_password": stage.appliance.password,
        "step": "notice",
        **{name: str(directory / name) for name in ("alarms", "bundles", "bookmarks", "baselines", "consents")},
    }


def written(box: Simulator) -> list[str]:
    """Return the writes to the appliance, but for its sessions and what only evaluates or reads the records of others."""
    requests = (one for one in box.requests() if one["side"] == "nitro" and one["method"] != "GET")
    return [f"{one['method']} {one['target']}" for one in requests if not one["target"].endswith(("/login", "/logout"))]


def play(box: Simulator, directory: Path, verb: str, *, is_preview: bool) -> dict[str, Any]:
    box.reset()
    box.clear_requests()
    stage = Stage(box, directory / "records")
    module = importlib.import_module(f"ansible_collections.tourniquet.netscaler.plugins.action.{verb}")
    action = module.ActionModule
    defaults = {name: option.get("default") for name, option in action.OPTIONS.items()}
    of_all = given(stage, directory) | ({"mitigation": "cve_2023_4966"} if verb == "end_sessions" else {})
    known = {name: value for name, value in of_all.items() if name in defaults}
    options = {**defaults, **known, **getattr(module, "FIXED", {})}
    made_by_it = replace(stage.appliance, user="tourniquet", password="another")
    appliance = made_by_it if verb == "bootstrap" else stage.appliance
    found: dict[str, Any] = action.TASK(appliance, options, is_preview, is_preview).values()
    return found


@pytest.mark.parametrize(
    ("verb", "is_preview"), [*((verb, True) for verb in SAID), *((verb, False) for verb in READERS)]
)
def test_a_preview_and_what_only_reads_write_nothing(
    box: Simulator, tmp_path: Path, verb: str, is_preview: bool
) -> None:
    found = play(box, tmp_path, verb, is_preview=is_preview)
    changed, said = SAID[verb]
    assert (found["changed"], found["msg"][: len(said)]) == (changed, said)
    assert written(box) == []
    made = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not (is_preview and made), "a preview keeps nothing on the control node either"


def test_what_is_no_preview_writes(box: Simulator, tmp_path: Path) -> None:
    """So the test above can fail."""
    play(box, tmp_path, "apply", is_preview=False)
    assert any("responderpolicy" in one for one in written(box))
    assert [path for path in tmp_path.rglob("*") if path.is_file()]
