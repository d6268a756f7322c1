# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is not covered at the management address of each node: by its own build, its start-up file, and the records."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.builds import Build
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Node
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import BuildStatus
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.coverage import Coverage
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection import management_addresses
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection.management_addresses import (
    NOT_SEEN,
    address_texts,
)

from tests.played_together import played_together
from tests.unit.plugin_utils.judgement.course.stories import chained
from tests.unit.plugin_utils.judgement.course.test_node_track import ONE, half, looked
from tests.unit.plugin_utils.judgement.exposure.test_history import BAD

LINE = "nsapimgr_wr.sh -ys call=x"
NEEDED = (BuildStatus.AFFECTED, BuildStatus.INEFFECTIVE, BuildStatus.WANTED)
HOST = ONE.partition(":")[0]
AT = f"management address of {HOST}:"
COVERED = half("2019-12-22T10:00", one=str(Coverage.COVERED))


@pytest.fixture
def texts(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what reads the texts of one node."""

    def of(
        written: str | None,
        status: BuildStatus = BuildStatus.AFFECTED,
        records: Sequence[ChangeRecord] = (COVERED,),
        *,
        line: str = LINE,
        role: str = "primary",
        fetched: Sequence[ChangeRecord] = (),
    ) -> tuple[str, ...]:
        node = Node(Address(HOST, 443), role, Build.parse(BAD), written, "no right")
        connection: Any = SimpleNamespace(nodes=[node], build="1")
        parameters: Any = SimpleNamespace(
            measure=SimpleNamespace(start_up_line=line),
            resolved=SimpleNamespace(build_status=lambda _build: status),
            owner=SimpleNamespace(measure="cve_2019_19781"),
            appliance=SimpleNamespace(name="gw"),
            records=Path(),
            trust=None,
        )
        monkeypatch.setattr(management_addresses, "all_records", lambda *_where: list(records))
        return tuple(address_texts(connection, parameters, fetched))

    return of


@played_together("status", list(BuildStatus))
@played_together(
    ("written", "needed", "not_needed"),
    [
        ("# nothing\n", f"{AT} /nsconfig/rc.netscaler lacks the line {LINE}", ""),
        (f"~ {LINE}\n{LINE}0\n", f"{AT} /nsconfig/rc.netscaler lacks the line {LINE}", ""),
        (f"a\n {LINE} \nb\n", "", f"/nsconfig/rc.netscaler of {HOST} still has the line: {LINE}"),
        (
            f"{LINE}\n{LINE}\n",
            f"/nsconfig/rc.netscaler of {HOST} has the line 2 times: {LINE}",
            f"/nsconfig/rc.netscaler of {HOST} still has the line 2 times: {LINE}",
        ),
        (None, f"{AT} unknown, no right", f"{AT} unknown, no right"),
    ],
)
def test_the_line_of_the_start_up_file_is_there_once_where_it_is_needed(
    written: str | None, needed: str, not_needed: str, status: BuildStatus, texts: Any
) -> None:
    """A run has seen the address covered."""
    text = needed if status in NEEDED else not_needed
    assert texts(written, status) == ((text,) if text else ())
    assert texts(written, status, line="") == ()
    assert texts(written, status, role="unreachable") == ()


@pytest.mark.parametrize(
    ("records", "text"),
    [
        ((), f"{AT} {NOT_SEEN}"),
        ((half("2019-12-22T10:00", other="covered"),), f"{AT} unknown since 2019-12-22 by the records"),
        ((half("2019-12-22T10:00", one="NOT covered until the next reboot"),), f"{AT} exposed since 2019-12-22 by the records"),
        ((half("2019-12-22T10:00", one="covered until the next reboot"),), f"{AT} applied, not saved since 2019-12-22 by the records"),
        (
            chained(half("2019-12-22T10:00", one="NOT covered until the next reboot"), looked("2020-01-06T10:00", one="NOT covered")),
            f"{AT} exposed since 2019-12-22 by the records",
        ),
        (chained(half("2019-12-22T10:00", one="covered"), looked("2020-01-06T10:00", one="NOT covered")), f"{AT} exposed since 2020-01-06 by the records"),
    ],
)  # fmt: skip
def test_that_the_line_is_there_covers_nothing(records: Sequence[ChangeRecord], text: str, texts: Any) -> None:
    """The next boot carries it out, the knob of now is another matter, and only an answer of the address shows it."""
    (found,) = texts(LINE, records=records)
    assert found.startswith(text)
    assert texts(LINE, BuildStatus.FIXED, records) != (found,)


def test_what_another_control_node_saw_counts_where_its_records_were_fetched(texts: Any) -> None:
    assert texts(LINE, records=(), fetched=(COVERED,)) == ()
