# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The one answer to what on an appliance is ours: alarm, hunt, read_logs and watch ask it.

A status asks the same value (:class:`.Ourselves`) for hits alone, so :func:`.read_counted` makes it of the same records and notes without their runs.
It rests on what this control node has written down, and on what a person has brought of other control nodes: change records, notes of probes, bundles of
evidence, tests of the alarm. A text that somebody else could send, such as a User-Agent, never makes anything ours.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...appliance.nitro.appliance import Appliance
from ...appliance.nitro.names import address_of
from ...catalogue.mitigation import entries_of_the_appliance, load_mitigation
from ...catalogue.record_trust import RecordTrust, key_file
from ...change.records.sent_probes import request_key
from ...fleet.slices.awaited_records import AwaitedRecords
from ...foundation.errors import InvalidInput
from ...node_system.node_local.own import own_lines
from ...node_system.on_box.own import own_script
from ...traces.alarm_state.state_file import counted_requests, own_tests
from ...traces.evidence.evidence_bundles import times_of_evidence
from ...traces.findings.known_runs import read_ourselves
from ...traces.findings.ourselves import Ourselves
from ...traces.findings.own_runs import OwnRun


def trust_of(options: Mapping[str, Any]) -> RecordTrust:
    """Return whose signatures count, by the options of a task."""
    allowed = options["allowed_signers"]
    return RecordTrust(
        key=key_file(options["record_key"]), allowed_signers=Path(allowed).expanduser() if allowed else None
    )


def what_is_ours(appliance: Appliance, options: Mapping[str, Any]) -> Ourselves:
    """Return what is ours on an appliance. Reads files only.

    :param options: of a task: records, record_key, allowed_signers and, where it has them, alarms, bundles and sources
    :raises InvalidInput: where a file cannot be read, somebody else may have written it, or sources are no addresses
    """
    name, trust, records = appliance.name, trust_of(options), Path(options["records"])
    given = options.get("sources") or ()
    wrong = next((text for text in given if not address_of(text)), None)
    if wrong is not None:
        raise InvalidInput(f"{name}: sources has {wrong!r}: write IP addresses. Nothing was sent.")
    named, bundles, alarms = map(address_of, given), options.get("bundles"), options.get("alarms")
    ours = read_ourselves(records, name, trust, [appliance.user], own_addresses(appliance), named)
    taken = times_of_evidence(Path(bundles).expanduser(), name, trust) if bundles else []
    return replace(
        ours,
        runs=(*ours.runs, *(OwnRun(one, "", began, ended, "evidence") for one, began, ended in taken)),
        tests=own_tests(alarms, name),
        counted=(*ours.counted, *counted_requests(alarms, name)),
        script=own_script(records, name, trust),
        lines=own_lines(records, name, trust),
        awaited=AwaitedRecords(records).missing_of(name),
        harmless=_harmless(Path(options["catalogue"])) if "sources" in options else frozenset(),
    )


def _harmless(catalogue: Path) -> frozenset[str]:
    """Return the requests of the catalogue whose whole trigger a log shows: one with a header or a body may be anything."""
    return frozenset(
        request_key(case.method, case.url)
        for id_ in entries_of_the_appliance(catalogue)
        for case in load_mitigation(catalogue / id_).traffic.cases
        if not case.headers and not case.body and not case.never_sent
    )


def own_addresses(appliance: Appliance) -> list[str]:
    """Return the addresses from which this machine reaches an appliance, where nothing translates them. Nothing is sent.

    They are the source of the probes that the inventory names, and what the operating system chooses for the nodes and the VIPs of the inventory.
    """
    found = [address_of(appliance.probe_from or "")]
    hosts = [node.host for node in appliance.nodes] + [vip.address.host for vip in appliance.vips or ()]
    for address in filter(None, map(address_of, dict.fromkeys(hosts))):
        with (
            contextlib.suppress(OSError),
            socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM) as probe,
        ):
            probe.connect((address, 9))
            found.append(address_of(probe.getsockname()[0]))
    return [address for address in dict.fromkeys(found) if address]
