# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a second control node writes, and what a customer exports, is text in each view: no command, no path, no end of an exposure by an unknown key."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.file_limits import DIRECTORY
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.hash_chain import NOT_HASHED, digest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.signing_key import (
    public_line,
    signing_key,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.end_page import PageRun, end_page
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.next_lines import RunForm
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.decisions import open_decisions
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status.exported_run import judged_files

from simulator import Simulator
from tests.engine import control_nodes
from tests.engine.closing_stage import ClosingStage
from tests.engine.damage import records, rewrite, without_copies
from tests.engine.test_bad_input_in_all_views import texts_of
from tests.engine.views import AS_OF, Views, views
from tests.hostile import taint
from tests.hostile.taint import MARK
from tests.stage.fleet import fleet_file
from tests.stage.memory import CATALOGUE, Stage

BOX = control_nodes.BOX
FORM = RunForm(
    ("ansible-playbook", "-i", "inventory"), "status", "playbooks/", ".yml", {}, (), lambda _limit, _hosts: True
)
SHELL = f"{taint.MARK}$(touch canary)`touch canary`'\";touch canary\n\x1b[2J\u202e../../#"
"""What a shell would run, without what Ansible would render."""
TEXT = taint.payload()
NAMES = {"a template": TEXT[:100], "a command": SHELL}
OLDEST, NEWEST = "0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00"
Write = Callable[[Stage], ChangeRecord]


def applied(**values: Any) -> Write:
    """Return what lets it apply, and its record say this."""

    def write(stage: Stage) -> ChangeRecord:
        stage.apply()
        return rewrite(records(stage)[-1], **values)

    return write


def closed(name: str = "", **values: Any) -> Write:
    """Return what lets it close, and its record say this.

    :param name: of a virtual server that only the record has
    """

    def write(stage: Stage) -> ChangeRecord:
        stage.lockdown()
        record = records(stage)[-1]
        known = record.content.values
        own = ["vpnvserver", name]
        step = {**known["steps"][0], "key": [name], "lines": [TEXT], "inverse": [TEXT]}
        row = {**known["vservers"][0], "name": name, "place": TEXT}
        more = {"vservers": [*known["vservers"], row], "covers": [*known["covers"], own], "completes": [own]}
        more["steps"] = [*known["steps"], step]
        return rewrite(record, **({**more, **values} if name else values))

    return write


WHO = {"user": TEXT, "control_node": TEXT, "records": TEXT}
SAID: dict[str, Any] = dict.fromkeys(
    ("decided_by", "reason", "ticket", "problem", "why", "appliance_user", "second", "build"), TEXT
)
SAID |= {"who": WHO, "run": TEXT[:100], "builds": {TEXT: TEXT}}
SAID |= {key: [TEXT] for key in ("nodes", "overruled", "accepted_exposure", "accepted_unread")}
JUDGED = {
    "verdict": TEXT,
    "contradicted": [TEXT],
    "unproven": [TEXT],
    "vips": [TEXT],
    "state": TEXT,
    "hits": {TEXT: 2**63},
}
JUDGED |= {"proven": True, "management_addresses": [{"node": TEXT, "state": TEXT}]}
RECORDS: dict[str, Write] = {
    "an apply says it": applied(**SAID),
    "the proof of an apply says it": applied(proof=JUDGED),
    "a closing says it": closed(**SAID),
    "the proof of a closing says it": closed(proof={**JUDGED, "proven": False}),
    "its partition is called so": closed(partition=TEXT),
    **{f"a virtual server is called so: {kind}": closed(name) for kind, name in NAMES.items()},
    **{f"and its decision is overdue: {kind}": closed(name, expires="2020-01-01T00:00:00+00:00") for kind, name in NAMES.items()},
    "an apply in the year 1": applied(started=OLDEST, finished=OLDEST),
    "an apply in the year 9999": applied(started=NEWEST, finished=NEWEST),
    "a closing in the year 1": closed(started=OLDEST, finished=OLDEST, expires=OLDEST),
    "a closing in the year 9999": closed(started=NEWEST, finished=NEWEST, expires=NEWEST),
    "it follows thousands": applied(previous=[{"name": f"{'x' * 100}{number}.json", "sha256": "0"} for number in range(5000)]),
    "it follows itself": lambda stage: rewrite(
        (record := applied()(stage)), previous=[{"name": record.name, "sha256": "0" * 64}]
    ),
    "its reason is as long as a text can be": applied(reason="x" * 100_000),
}  # fmt: skip


@pytest.fixture
def stage(start: Callable[[dict[str, Any]], Simulator], tmp_path: Path) -> ClosingStage:
    directory = tmp_path / "records"
    directory.mkdir()
    made = ClosingStage(start(fleet_file({"box": {**BOX}})), directory)
    made.trust = RecordTrust(key=tmp_path / "own-key")
    return made


def second_node(stage: Stage, write: Write, *, is_known: bool) -> None:
    """Let another control node write a record and leave its copy on the appliance.

    :param is_known: its key is listed here
    """
    other = Stage(stage.simulator, stage.records.parent / "other")
    other.trust = RecordTrust(key=stage.records.parent / "other-key")
    if is_known:
        signers = stage.records.parent / "signers"
        signers.write_text(f"night@two {public_line(signing_key(other.trust.key))}\n")
        stage.trust = RecordTrust(key=stage.trust.key, allowed_signers=signers)
    record = write(other)
    values = {key: value for key, value in record.signed_content().to_json().items() if key not in NOT_HASHED}
    copy = {"format": 1, "name": record.name, "sha256": digest(values), "record": values}
    for node in stage.simulator.fleet.appliances["box"].nodes:
        node.write_file(f"{DIRECTORY}/tourniquet_{record.path.stem}_ended.txt", json.dumps(copy).encode())


def read_everywhere(found: Views) -> dict[str, str]:
    """Return by view all that is read there; the lines of a table end as its form says."""
    texts = {view: text.replace("\r\n", "\n") for view, text in texts_of(found).items()}
    texts["decisions"] = json.dumps(open_decisions(found.report(found.status)))
    for name, result in (("status", found.status), ("catalogue", found.catalogue)):
        texts[f"{name} with its lines"] = "\n".join(_screen(result))
    return texts


def _screen(result: Mapping[str, Any]) -> list[str]:
    return [line.text for line in end_page(PageRun({"box": result}, {}, form=FORM))]


def require_text(texts: Mapping[str, str], results: Sequence[Mapping[str, Any]]) -> None:
    """Require that nothing of it controls a terminal, begins a line, or becomes an element of a page."""
    wrong = [f"{view}: {problem}" for view, text in texts.items() for problem in taint.in_text(text)]
    wrong += [problem for problem in taint.in_html(texts["report"]) if taint.MARK in problem]
    wrong += [problem for result in results for problem in taint.in_result(result)]
    assert not wrong


def run_in_a_shell(line: str, directory: Path) -> list[str]:
    """Return what a shell would give to ansible-playbook for a line that a person pastes."""
    script = f"ansible-playbook() {{ printf '%s\\0' \"$@\"; }}\n{line}"
    done = subprocess.run(["/bin/bash", "-c", script], cwd=directory, capture_output=True, timeout=20, check=True)
    assert not done.stderr
    return done.stdout.decode().split("\0")[:-1]


def require_harmless_lines(results: Sequence[Mapping[str, Any]], directory: Path) -> None:
    """Require that no line has what only the record has: no appliance has an object with such a name, and it would be refused with the others."""
    lines = {line.strip() for result in results for line in _screen(result) if line.strip().startswith("ansible-")}
    for line in lines:
        words = run_in_a_shell(line, directory)
        assert words[:2] == ["-i", "inventory"]
        assert not [word for word in words if taint.MARK in word]
    assert lines
    assert not (directory / "canary").exists()
    assert not Path("canary").exists()


@pytest.mark.sampled(3)
@pytest.mark.parametrize("is_known", [True, False], ids=["its key is listed", "nobody knows its key"])
@pytest.mark.parametrize("name", RECORDS)
def test_the_records_of_another_control_node_are_text(
    name: str, is_known: bool, stage: ClosingStage, tmp_path: Path
) -> None:
    second_node(stage, RECORDS[name], is_known=is_known)
    found = views(stage)
    texts, results = read_everywhere(found), (found.status, found.catalogue)
    require_text(texts, results)
    require_harmless_lines(results, tmp_path)
    if "year 1" in name and is_known:
        assert found.words["letter exposure"] != "none", "it was not protected before it was known"
    if not is_known:
        assert not found.row["course"][-1]["protects"]
        assert found.words["letter exposure"] == "goes on"
        with_it = {**found.words, "audit": ""}  # which lists what nobody trusts, too
        assert found.words["audit"].endswith(("", "by its own words"))
        without_copies(stage)
        assert views(stage).words == with_it, "nothing that it says changes a word"


MEGABYTES = 10
LONGEST = 500_000
"""Characters of a view about one appliance, however large its records are."""


def _planned(number: int) -> dict[str, Any]:
    rule = {"name": f"tq_cve_2019_19781__{number}", "rule": f'"{TEXT}"' + "x" * 400, "action": "NOOP"}
    return {
        "type": "responderpolicy",
        "key": [rule["name"]],
        "before": None,
        "after": rule,
        "state": "planned",
        "lines": [TEXT],
    }


LARGE: dict[str, dict[str, Any]] = {
    "many steps": {"steps": [_planned(number) for number in range(MEGABYTES * 1000)]},
    "a long value": {
        "steps": [{**_planned(0), "after": {"name": "tq_cve_2019_19781__0", "rule": TEXT * (MEGABYTES * 4000)}}]
    },
    "a long reason why it failed": {"problem": TEXT * (MEGABYTES * 4000)},
    "a long fact": {"note": TEXT * (MEGABYTES * 4000)},
}


@pytest.mark.sampled(2)
@pytest.mark.parametrize("name", LARGE)
def test_a_record_of_ten_megabytes_is_read_by_each_view_and_fills_none(name: str, stage: ClosingStage) -> None:
    """Seen: a line of eight megabytes in the audit."""
    stage.apply()
    record = records(stage)[-1]
    more = LARGE[name].get("steps", [])
    rewrite(record, **{**LARGE[name], "steps": [*record.content.values["steps"], *more]})
    assert record.path.stat().st_size > MEGABYTES * 500_000
    begun = time.process_time()
    found = views(stage)
    texts, results = read_everywhere(found), (found.status, found.catalogue)
    assert time.process_time() - begun < 60
    require_text(texts, results)
    assert {view: len(text) for view, text in texts.items() if len(text) > LONGEST} == {}
    assert ("more characters: record " in texts["audit"]) is (name == "a long reason why it failed")


LOCK = {
    "format": 1,
    "owner": TEXT,
    "holder": TEXT,
    "run": TEXT,
    "measure": TEXT,
    "reason": TEXT,
    "ticket": TEXT,
    "token": TEXT,
}
NOTES: dict[str, dict[str, bytes]] = {
    "a lock of theirs": {"lock": json.dumps({**LOCK, "taken": OLDEST, "expires": NEWEST}).encode()},
    "a lock that is no JSON": {"lock": TEXT.encode("utf-8", "surrogatepass")},
    "a lock as deep as a file can be": {"lock": b"[" * 1_000_000},
    "a lock of three megabytes": {"lock": json.dumps({**LOCK, "reason": "x" * 3_000_000}).encode()},
    "a hundred leases": {f"lock_{number}": json.dumps(LOCK).encode() for number in range(1, 120)},
    "the last lease": {"lock_999999999": json.dumps(LOCK).encode()},
    "copies of no record": {
        f"{name}_ended": TEXT.encode("utf-8", "surrogatepass") for name in ("x", "20200117T100000.000000Z-0123456789")
    },
    "a copy as deep as a file can be": {"20200117T100000.000000Z-0123456789_ended": b'{"record":' * 100_000},
    "a copy of three megabytes": {"20200117T100000.000000Z-0123456789_begun": b" " * 3_000_000},
    "another file with our prefix": {f"{MARK}": TEXT.encode("utf-8", "surrogatepass")},
}


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", NOTES)
def test_what_somebody_leaves_under_our_names_on_a_node_is_text(name: str, stage: ClosingStage) -> None:
    """Locks, leases, and copies that are none: no word of any view changes."""
    stage.apply()
    before = views(stage).words
    for node in stage.simulator.fleet.appliances["box"].nodes:
        for file, content in NOTES[name].items():
            node.write_file(f"{DIRECTORY}/tourniquet_{file}.txt", content)
    found = views(stage)
    require_text(read_everywhere(found), (found.status, found.catalogue))
    assert {view: word for view, word in found.words.items() if word != before[view]} == {}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_what_a_customer_exports_is_text(name: str, tmp_path: Path) -> None:
    """The name of the file, of objects, and of the host."""
    source = tmp_path / "exports"
    source.mkdir()
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    content = (
        "#NS13.0 Build 47.22\n# Last modified by `save config`, Tue Jan 14 20:00:00 2020\n"
        f'set ns config -IPAddress 192.0.2.1 -netmask 255.255.255.0\nset ns hostName "{quoted}"\nenable ns feature SSLVPN RESPONDER\n'
        f'add vpn vserver "{quoted}" SSL 192.0.2.10 443\nadd responder policy "{quoted}" "HTTP.REQ.URL.CONTAINS(\\"/vpns/\\")" RESET\n'
        f'bind responder global "{quoted}" 1 END -type REQ_OVERRIDE\n'
    )
    file = "".join(sign for sign in name if sign not in "/\0\ud800")
    (source / f"{file[:60]}.conf").write_bytes(content.encode("utf-8", "surrogatepass"))
    options = {"mitigation": "", "catalogue": str(CATALOGUE.parent), "as_of": AS_OF, "source": str(source)}
    ((host, result),) = judged_files(options, None)
    assert date.fromisoformat(AS_OF)
    assert host.isascii()
    assert host.replace("-", "").replace("_", "").replace(".", "").isalnum()
    screen = [line.text for line in end_page(PageRun({host: {**result, "action": "status"}}, {}, form=FORM))]
    wrong = [problem for text in screen for problem in taint.in_text(text)]
    assert not [*wrong, *taint.in_result(result)]
    lines = [line.strip() for line in screen if line.strip().startswith("ansible-")]
    for line in lines:
        words = run_in_a_shell(line, tmp_path)
        assert not [word for word in words if taint.MARK in word and word != host]
    assert not (tmp_path / "canary").exists()
