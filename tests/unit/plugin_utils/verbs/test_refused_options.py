# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options of a verb that are refused before anything is sent or written, with the host and the fix."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Vip
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common import default_paths
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.task import (
    record_trust,
    settings_by_entry,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.what_is_ours import what_is_ours
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor import pins
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.evidence.run import DEFAULT_PARTS, TakeEvidence
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.learn import run as learn
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.letters import run as letters

NOW = datetime(2026, 12, 2, tzinfo=UTC)
GATEWAY: Any = SimpleNamespace(name="gw-a")


def of(kind: Any, **options: Any) -> Any:
    """Return a task of the appliance gw-a with these options, of which nothing else is used."""
    task = object.__new__(kind)
    for name, value in (("appliance", GATEWAY), ("options", options), ("say", print)):
        object.__setattr__(task, name, value)
    return task


EVIDENCE = {"parts": list(DEFAULT_PARTS), "ssh": False, "largest": 100, "reason": "case 7"}
EVIDENCE |= {f"further_{name}": 9 for name in ("directories", "files", "mib", "minutes")}
TRUST = {"resign": False, "accepted_by": "", "accept_record": [], "record_key": "", "allowed_signers": ""}
LEDGER = {"facts_file": "", "ledger": "ledger.json", "catalogue": "", "next_message": "", "entries": []}


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (
            lambda: of(TakeEvidence, **{**EVIDENCE, "parts": ["shell"]})._run(),
            r"^gw-a: parts names shell, which needs -e ssh=true and an account\. Nothing was sent\.$",
        ),
        (
            lambda: of(TakeEvidence, **{**EVIDENCE, "parts": []})._run(),
            r"^gw-a: parts is empty: name some of .*\. Nothing",
        ),
        (
            lambda: of(TakeEvidence, **{**EVIDENCE, "largest": 0})._run(),
            r"^gw-a: largest is 0: write the MiB of a node",
        ),
        (
            lambda: of(TakeEvidence, **{**EVIDENCE, "further_files": 0})._run(),
            r"^gw-a: further_files is 0: write a number from 1 to 65536\. Nothing was sent\.$",
        ),
        (
            lambda: of(TakeEvidence, **{**EVIDENCE, "reason": "a\nb"})._run(),
            "^gw-a: reason must be one line of at most",
        ),
        (
            lambda: of(learn.LearnWhitelists, since="soon").day_of("since"),
            "^since is 'soon': write a date as 2020-01-09$",
        ),
        (
            lambda: of(learn.LearnWhitelists, logs=[], fetch=[]).files(None).__enter__(),
            r"^gw-a: no logs are named\. Set netscaler_logs in the inventory",
        ),
        (
            lambda: of(learn.LearnWhitelists, logs=[], fetch=["ns.log"], logs_below=".").files(None).__enter__(),
            "^gw-a: no log could be fetched: the nodes have none$",
        ),
        (
            lambda: record_trust({**TRUST, "accept_record": ["../x"]}),
            r"^accept_record names '\.\./x': write the name of a record without its suffix",
        ),
        (lambda: settings_by_entry(["x"]), "^catalogue_measures must be a mapping: the id of each measure"),
        (
            lambda: what_is_ours(GATEWAY, {**TRUST, "records": ".", "sources": ["192.0.2.1", "my desk"]}),
            r"^gw-a: sources has 'my desk': write IP addresses\. Nothing was sent\.$",
        ),
        (
            lambda: default_paths._named_or_beside("own_entries", "/nowhere/at/all", []),
            r"^own_entries is /nowhere/at/all: there is no such directory\. Name one, or write none\. Nothing was sent\.$",
        ),
        (
            lambda: learn._chosen("gw-a", (Vip("gw", "vpn", "192.0.2.9", 443),), ["shop"]),
            "^gw-a: there is no virtual server shop; there is: gw$",
        ),
        (
            lambda: letters._sender("localhost", {"name": "S. Bakker", "mail": "s@example.com"}),
            "^localhost: sender has no phone: a customer must be able to reach this person$",
        ),
        (
            lambda: letters._run("localhost", {"templates": "/nowhere/at/all"}, write=False),
            "^localhost: letter_templates is /nowhere/at/all: there is no such directory$",
        ),
        (
            lambda: letters._zone("localhost", "Europe/Utrecht"),
            "^localhost: letter_time_zone is 'Europe/Utrecht', which this",
        ),
        (lambda: letters._facts("localhost", LEDGER, None), "^localhost: with ledger a letter needs next_message"),
        (
            lambda: letters._facts(
                "localhost", {**LEDGER, "next_message": "2030-01-18T09:00:00+00:00", "entries": ["cve_2019_1978"]}, NOW
            ),
            "^localhost: entries names 'cve_2019_1978', which the catalogue does not have; did you mean",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_it_is_refused(call: Callable[[], object], told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        call()


def test_files_of_an_earlier_run_that_cannot_be_read_or_written(tmp_path: Path) -> None:
    vip = Vip("gw", "vpn", "192.0.2.9", 443)
    path = tmp_path / learn.file_name(vip.name)
    path.mkdir()
    with pytest.raises(InvalidInput, match=f"^{path}: cannot be read: "):
        learn._read(tmp_path, (vip,))
    with pytest.raises(InvalidInput, match=f"^{path}: cannot be written: "):
        learn._write(path, "x")


def test_a_pin_that_cannot_be_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "place"
    place.mkdir()
    with pytest.raises(InvalidInput, match=f"^{place} cannot be written "):
        pins.PinFile(place, "", "x: 1\n").write()
    monkeypatch.setattr(pins, "_memory", lambda _host: place)
    with pytest.raises(InvalidInput, match=r"^the fingerprints that were shown cannot be kept in "):
        pins.remember("gw-a", {"192.0.2.1": "00"})
    with pytest.raises(InvalidInput, match=r"^the line does not fit the end of "):
        pins._require_only_the_pin_is_new(tmp_path / "gw-a.yml", "a: 1\n", "a: 2\nb: 3\n", "b: 3")
