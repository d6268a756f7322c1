# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A run that looks at no appliance, or not at all that it should, never ends with exit code 0: each playbook, each way, with the fix."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.engine.node_local_stage import HOST_KEY
from tests.playbooks.bundles import signed_bundle
from tests.stage.control_node import ROOT
from tests.stage.fleet import box
from tests.stage.played import Laboratory, Run

OF_THE_CONTROL_NODE = ("consent", "letters", "new_entry", "signer")  # work on no appliance
BY_OTHERS = ("sliced",)  # plays these playbooks on execution nodes, behind the same lookup: tests/machines
PLAYBOOKS = sorted({path.stem for path in (ROOT / "playbooks").glob("*.yml")} - {*OF_THE_CONTROL_NODE, *BY_OTHERS})
DECISION = {"reason": "a test", "ticket": "CHG1", "who": "J. Jansen"}
# What a playbook needs besides the measure, so that nothing else stops it.
OPTIONS: dict[str, dict[str, Any]] = {
    "end_sessions": {"mitigation": "cve_2023_4966", "as_of": None},
    "on_box": {"node_local_user": "u", "node_local_password": "p", "node_local_host_keys": [HOST_KEY]},
    "close": {**DECISION, "expires": "1", "step": "notice", "scope": "fleet"},
    "lockdown": {**DECISION, "expires": "1", "scope": "fleet"},
    "reopen": {**DECISION, "scope": "fleet", "accept_exposure": True, "second": "M. Vis"},
    "rollback": {"why": "undo", "reason": "a test"},
}
STOPPED = ("apply", "rollback", "reopen")  # one that is unreachable, and not accepted, stops them


@pytest.fixture(scope="module")
def laboratory(open_laboratory: Callable[..., Laboratory], tmp_path_factory: pytest.TempPathFactory) -> Laboratory:
    laboratory = open_laboratory({f"gw-{number}": box() for number in range(3)})
    log = tmp_path_factory.mktemp("logs") / "httpaccess.log"
    log.write_text(
        '192.0.2.7 -  -  [14/Jan/2020:10:00:00 +0000] "GET /vpn/index.html HTTP/1.1" 200 5\n', encoding="utf-8"
    )
    laboratory.common["admin_password"] = "n0t-Asked-For"
    laboratory.common["netscaler_logs"] = [{"path": str(log), "format": "httpaccess"}]
    laboratory.write_inventory()
    OPTIONS["catalogue"] = {"bundle": str(signed_bundle(laboratory.directory, laboratory.inventory.parent))}
    return laboratory


def play(laboratory: Laboratory, playbook: str, **more: Any) -> Run:
    written = {"reports": str(laboratory.directory / "reports"), "learnt": str(laboratory.directory / "learnt")}
    return laboratory.play(playbook, **{**written, **OPTIONS.get(playbook, {}), **more})


def flat(run: Run) -> str:
    return " ".join(run.output.split())


def test_every_playbook_is_tried() -> None:
    assert (
        sorted(
            (
                "apply",
                "audit",
                "bootstrap",
                "catalogue",
                "close",
                "doctor",
                "end_sessions",
                "evidence",
                "hunt",
                "impact",
                "learn",
                "leave",
                "ledger",
                "lockdown",
                "on_box",
                "plan",
                "prove",
                "read_logs",
                "reopen",
                "retire",
                "rollback",
                "status",
                "verify",
                "watch",
                "alarm",
            )
        )
        == PLAYBOOKS
    )


@contextmanager
def no_hosts(laboratory: Laboratory) -> Iterator[None]:
    hosts, laboratory.hosts = laboratory.hosts, {}
    try:
        yield
    finally:
        laboratory.hosts = hosts


@pytest.mark.sampled(5)
@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_an_empty_inventory(laboratory: Laboratory, playbook: str) -> None:
    with no_hosts(laboratory):
        run = play(laboratory, playbook)
    assert run.rc == 4
    assert f"the inventory {laboratory.inventory} has no host. Name the inventory of your appliances with -i." in flat(
        run
    )
    assert "PLAY [" not in run.output
    assert run.requests == []


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_an_unknown_target(laboratory: Laboratory, playbook: str) -> None:
    run = play(laboratory, playbook, target="gw-1,gw-7")
    assert run.rc == 4
    assert "has no host or group 'gw-7'. Did you mean gw-" in flat(run)
    assert "Nothing was sent." in flat(run)
    assert "PLAY [" not in run.output
    assert run.requests == []


@contextmanager
def away(laboratory: Laboratory) -> Iterator[None]:
    """Nothing listens at the address of gw-1."""
    nodes = laboratory.hosts["gw-1"]["netscaler_nodes"]
    vips = laboratory.hosts["gw-1"].pop("netscaler_vips")  # learn asks the appliance for them then
    laboratory.hosts["gw-1"]["netscaler_nodes"] = ["127.0.0.1:9"]
    try:
        yield
    finally:
        laboratory.hosts["gw-1"] |= {"netscaler_nodes": nodes, "netscaler_vips": vips}


@pytest.mark.sampled(5)
@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_an_unreachable_appliance_and_nothing_else_ends_with_4_in_every_verb(
    laboratory: Laboratory, playbook: str
) -> None:
    with away(laboratory):
        run = play(laboratory, playbook, limit=["gw-1"], accept_unreachable=0)
    assert run.rc == 4
    assert run.problem("gw-1").startswith("unreachable: ")
    assert "UNREACHABLE" in run.output
    assert not re.search(r"FAILED|INCOMPLETE|ERROR|exit code [0-35-9]", run.output), run.output


@pytest.mark.sampled(5)
@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_one_unreachable_of_three(laboratory: Laboratory, playbook: str) -> None:
    before = laboratory.texts()
    with away(laboratory):
        run = play(laboratory, playbook, **({"accept_unreachable": 0} if playbook in STOPPED else {}))
    # The others are incomplete too: without a hunt for the ledger, without a proven alarm, without an accepted state.
    assert run.rc == (2 if playbook in ("ledger", "alarm", "watch") else 4)
    assert run.problem("gw-1").startswith("unreachable: ")
    assert "127.0.0.1:9" in run.problem("gw-1")
    if playbook in STOPPED:
        assert laboratory.texts() == before
        assert "IN THE WAY" in run.output or "in the way, so nothing was changed anywhere" in flat(run)


@pytest.mark.sampled(5)
@pytest.mark.parametrize(
    ("options", "text"),
    [
        (("-i", "{directory}/typo.yml"), "there is no inventory {directory}/typo.yml. Name yours with -i."),
        (
            ("-i", "{directory}/broken.yml"),
            "may be missing: {directory}/broken.yml. The warnings above say what is wrong",
        ),
        (("-i", "{directory}/folder"), "may be missing: {directory}/folder/two.yml. The warnings above"),
        (("--tags", "night"), "--tags night leaves out tasks of this playbook"),
        (("--skip-tags", "untagged"), "--skip-tags untagged leaves out tasks of this playbook"),
        (("--start-at-task", "Decide"), "--start-at-task leaves out tasks of this playbook"),
        (("--limit", ""), "--limit '' names no host, and to Ansible that is no limit"),
        (("--limit", "gw-1:gw-7"), "has no host or group 'gw-7'"),
        (("--limit", "!gw-7"), "has no host or group 'gw-7'"),
        (("--limit", "gw-7"), "has no host or group 'gw-7'. Did you mean gw-"),
        (("--limit", "gw-1:!gw-1"), "--limit gw-1:!gw-1 leaves none of the "),
        (("--limit", ""), "--limit '' names no host"),
        (("--limit", "@{directory}/apply.retry"), "--limit @{directory}/apply.retry cannot be read"),
        (("--limit", "web"), "--limit web leaves none of the 3 hosts of netscalers"),
        (("-e", "target=empty"), "has no host in the group empty"),
        (("-e", "target="), "has no host for the target ''"),
    ],
)
@pytest.mark.parametrize("playbook", ["status", "apply"])
def test_every_other_way(
    laboratory: Laboratory, tmp_path: Path, playbook: str, options: tuple[str, ...], text: str
) -> None:
    (tmp_path / "broken.yml").write_text("netscalers:\n  hosts\n    gw-9:\n", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "one.yml").write_text("netscalers: {hosts: {gw-0: {}}}\n", encoding="utf-8")
    (tmp_path / "folder" / "two.yml").write_text("netscalers:\n  hosts\n    gw-9:\n", encoding="utf-8")
    (tmp_path / "web.yml").write_text("webservers: {hosts: {web: {}}}\nempty:\n", encoding="utf-8")
    given = tuple(option.format(directory=tmp_path) for option in options)
    run = play(laboratory, playbook, options=("-i", str(tmp_path / "web.yml"), *given))
    assert run.rc == 4
    assert text.format(directory=tmp_path) in flat(run)
    assert "REFUSED " in run.output
    assert "Error processing keyword" not in run.output, "our words, and not those of Ansible"
    assert "leaves us with no hosts to target" not in run.output
    assert run.requests == []


LOOKS_AT_FILES = (
    ("status", {"source": "{directory}"}),
    ("plan", {"source": "{directory}"}),
    ("catalogue", {"bundle": None}),
)
"""The playbooks that ask no appliance with these options."""


@pytest.mark.sampled(3)
@pytest.mark.parametrize(("playbook", "more"), [*((name, {}) for name in OF_THE_CONTROL_NODE), *LOOKS_AT_FILES])
@pytest.mark.parametrize("options", [("--limit", "gw-1"), ("--tags", "night")])
def test_a_playbook_that_asks_no_appliance_does_not_end_well_where_it_does_nothing(
    laboratory: Laboratory, tmp_path: Path, playbook: str, more: dict[str, Any], options: tuple[str, ...]
) -> None:
    """Seen: with a limit, 'skipping: no hosts matched' and exit code 0, where an answer of a customer was to be written down."""
    given = {name: value and value.format(directory=tmp_path) for name, value in more.items()}
    run = play(laboratory, playbook, options=options, mitigation=None, as_of=None, **given)
    assert run.rc == 4, run.output[-2000:]
    assert "REFUSED " in run.output
    told = f"leave out {' '.join(options)}" if options[0] == "--limit" else f"{' '.join(options)} leaves out tasks"
    assert told in flat(run)


def test_it_holds_for_an_installed_collection_without_our_configuration(laboratory: Laboratory, tmp_path: Path) -> None:
    kept = {
        name: value
        for name, value in laboratory.environment(tmp_path / "report.json").items()
        if "ANSIBLE_" not in name
    }
    (tmp_path / "ansible.cfg").write_text("", encoding="utf-8")
    (tmp_path / "hosts.yml").write_text("webservers: {hosts: {web: {}}}\n", encoding="utf-8")
    done = subprocess.run(
        [Path(sys.executable).parent / "ansible-playbook", "-i", tmp_path / "hosts.yml", "tourniquet.netscaler.status"],
        cwd=tmp_path,
        env={**kept, "ANSIBLE_HOME": str(tmp_path), "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".collections")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 4
    assert "has no host or group 'netscalers'. Correct the inventory or -e target=..." in " ".join(done.stdout.split())


def test_all_unreachable_is_no_success(laboratory: Laboratory) -> None:
    hosts = {name: {**values, "netscaler_nodes": ["127.0.0.1:9"]} for name, values in laboratory.hosts.items()}
    kept, laboratory.hosts = laboratory.hosts, hosts
    try:
        for playbook in ("status", "apply"):
            run = play(laboratory, playbook)
            assert run.rc == 4
            assert all(run.problem(host).startswith("unreachable: ") for host in hosts)
    finally:
        laboratory.hosts = kept


def test_a_playbook_can_be_shown_without_an_inventory(laboratory: Laboratory) -> None:
    with no_hosts(laboratory):
        for option in ("--syntax-check", "--list-tasks", "--list-tags"):
            assert play(laboratory, "plan", options=(option,)).rc == 0
