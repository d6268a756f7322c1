# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is next is pasted as it stands, line after line, until an appliance is safe or a person has to decide."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.nights import pasted
from tests.nights.night import OURS, night_of
from tests.nights.pasted import Next, followed, next_of


@pytest.mark.parametrize(
    ("shape", "actions", "ends"),
    [
        ("alone", "wait", "fixed"),
        ("alone", "apply, observe", "fixed"),
        ("alone", "apply, allow_in_front", "fixed"),
        ("shared_pair", "apply_unsaved", "fixed"),
        # Seen: "add what is missing, then verify.yml" for good, of a pair that runs two builds.
        ("pair", "apply, upgrade_second", "fixed"),
        # Seen: "apply.yml" for good, of partitions where the apply is refused until a person accepts what wakes up with the feature.
        ("pair_tenant", "apply, geoblock, colleague_disables", "fixed"),
        # Seen: "find out who changed it, then apply.yml" for good, while what another measure of ours has not saved refuses it.
        ("alone", "apply, notice, colleague_unbinds, whitelist_counts", "applied, unproven"),
        # Seen: "look at what it would block, then apply.yml" for good, while what another measure of ours has not saved refuses it.
        ("tenant", "apply, observe, partners, paths", "applied, unproven"),
        # Seen: "accept them by name, then apply.yml" for good, as a user whom a list of ours that woke up stops was taken for one who was harmed.
        ("oord", "paths other, geoblock, colleague_disables", "applied, unproven"),
        # Seen: "measure_priority: 4, then apply.yml" for good, while what another measure of ours has not saved refuses it.
        ("alone", "apply, allow_in_front, notice_of_one, whitelist_counts", "applied, unproven"),
        # Seen: "look at what it would block, then apply.yml" of one partition for good, while the plan of another one refuses it.
        ("tenant", "observe, whitelist, colleague_disables", "fixed, mitigation left behind"),
        # A person decides.
        ("shared", "apply, notice, wait", "closed, decision overdue"),
        ("alone", "ineffective", "ineffective on this build"),
    ],
)
def test_what_is_next_leads_to_a_safe_end(tmp_path: Path, shape: str, actions: str, ends: str) -> None:
    with night_of([shape], tmp_path) as night:
        for one in actions.split(", "):
            night.play(one)
        assert [*followed(night, OURS)] == []
        last = next_of(night, "one", OURS)
        assert last is not None
        assert last.word == ends


@pytest.mark.parametrize(
    ("found", "wrong"),
    [
        (
            Next("drifted", "apply.yml", ("ansible-playbook playbooks/apply.yml --limit one",)),
            "next leads in a circle at one: drifted: apply.yml",
        ),
        (
            Next("exposed", "apply.yml", ("ansible-playbook playbooks/apply.yml --limit two",)),
            "next of one names two: ansible-playbook playbooks/apply.yml --limit two",
        ),
        (Next("exposed", "apply.yml", ("rm -rf /",)), "next of one is no line: rm -rf /"),
    ],
)
def test_what_leads_nowhere_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: Next, wrong: str
) -> None:
    monkeypatch.setattr(pasted, "next_of", lambda *_arguments: found)
    with night_of(["alone"], tmp_path) as night:
        assert wrong in [*followed(night, OURS)]
