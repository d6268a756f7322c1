# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options of the verbs that look for traces: when a run fails, what counts as ours, and what is read again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.playbooks.laboratory import Laboratory, box

THEN = "2019-12-01T00:00:00Z"
PAGE = "/var/netscaler/logon/LogonPoint/index.html"
SHELL = "/var/vpn/theme/x.php"


@pytest.fixture(scope="module")
def laboratory(open_laboratory: Callable[..., Laboratory]) -> Laboratory:
    return open_laboratory({"gw": box()})


def files_of(laboratory: Laboratory) -> Callable[[str, str], None]:
    def write(path: str, text: str) -> None:
        laboratory.simulator.appliance("gw").write_file(path, text, mtime=THEN)

    return write


def test_a_watch_accepts_by_number_reads_again_and_fails_where_it_is_told_to(laboratory: Laboratory) -> None:
    given = {"limit": ["gw"], "baselines": str(laboratory.directory / "baselines")}
    write = files_of(laboratory)
    write(PAGE, "good\n")
    write(SHELL, "<?php\n")
    assert laboratory.play("watch", **given, fail_at=3).rc == 0
    shown = laboratory.play("watch", **given)
    (found,) = shown["gw"]["findings"]
    assert shown.rc == 2
    refused = laboratory.play("watch", **given, accept="J. Jansen")
    assert f"-e accept_findings={found['id']}" in refused.output
    accepted = laboratory.play("watch", **given, accept="J. Jansen", accept_findings=[found["id"]])
    assert accepted.rc == 0, accepted.output
    write(PAGE, "evil\n")
    assert laboratory.play("watch", **given)["gw"]["findings"] == []
    again = laboratory.play("watch", **given, hash_all=True)
    assert [one["where"] for one in again["gw"]["findings"]] == [PAGE]
