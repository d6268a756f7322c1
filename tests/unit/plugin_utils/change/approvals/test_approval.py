# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which signatures under a plan count: hostile and careless ones do not, and the message says why."""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.approvals.approval import NAMESPACE
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.approvals.check import (
    Checked,
    check_approvals,
    how_to_approve,
    who_is_missing,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.approvals.request import FILE, ApprovalRequest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.revoked_keys import REVOKED
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.sshsig import public_key_blob, sign
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

NOW = datetime(2026, 11, 28, 2, 0, tzinfo=UTC)
BY_WHOM = ("d" * 64, "1" * 64)
PLAN = ApprovalRequest(
    "lockdown",
    "lockdown",
    "20261128T0200-a",
    NOW + timedelta(hours=3),
    {"gw-a": f"{'a' * 64} v1"},
    BY_WHOM[:1],
    BY_WHOM[1],
)


class Desk:
    """A directory with a plan, a list of allowed signers, and people with keys."""

    def __init__(self, directory: Path) -> None:
        self.plan = directory / "plan"
        self.signers = directory / "allowed_signers"
        self.keys: dict[str, Ed25519PrivateKey] = {}
        self.lines: list[str] = []
        PLAN.write(self.plan)

    def listed(self, principal: str, options: str = f'namespaces="{NAMESPACE}"', key: str = "") -> None:
        self.lines.append(f"{principal} {options} {self.public(key or principal)}")
        self.signers.write_text("\n".join(self.lines), encoding="ascii")
        self.signers.chmod(0o600)

    def key(self, name: str) -> Ed25519PrivateKey:
        return self.keys.setdefault(name, Ed25519PrivateKey.generate())

    def public(self, name: str) -> str:
        return "ssh-ed25519 " + base64.b64encode(public_key_blob(self.key(name).public_key())).decode()

    def signs(self, name: str, message: str = PLAN.text, namespace: str = NAMESPACE, file: str = "") -> Path:
        path = self.plan / f"approval.{file or name.partition('@')[0]}.sig"
        path.write_text(sign(self.key(name), message.encode(), namespace), encoding="ascii")
        path.chmod(0o600)
        return path

    def checked(self, wanted: int = 1, appliers: tuple[str, ...] = ("carol",), now: datetime = NOW) -> Checked:
        return check_approvals(self.plan, "lockdown", self.signers, wanted, appliers, now, BY_WHOM)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.listed("alice@example.com")
    desk.listed("bob@example.com")
    return desk


def test_two_people_approve(desk: Desk) -> None:
    desk.signs("alice@example.com")
    assert desk.checked().problem == ""
    assert "needs 2 approvals of different persons, and has alice@example.com (SHA256:" in desk.checked(2).problem
    desk.signs("bob@example.com")
    found = desk.checked(2)
    assert [sorted(approval.principals) for approval in found.approvals] == [["alice@example.com"], ["bob@example.com"]]
    assert found.request == PLAN


@pytest.mark.parametrize(
    ("own", "signer", "counts"),
    [
        ("alice@example.com", "alice@example.com", False),
        ("night", "alice@example.com", False),
        ("night", "bob@example.com", True),
    ],
    ids=["the key itself", "another key of the same person", "another person"],
)
def test_whose_key_signs_the_records_applies(desk: Desk, own: str, signer: str, *, counts: bool) -> None:
    """Under a shared account the user's name says nothing: the key of the records does."""
    desk.listed("alice@example.com", 'namespaces="tourniquet-record"', key="night")
    desk.signs(signer)
    own_key = public_key_blob(desk.key(own).public_key())
    found = check_approvals(desk.plan, "lockdown", desk.signers, 1, ("shared",), NOW, BY_WHOM, own_key)
    assert (found.problem == "") is counts
    assert ("is the person who applies" in found.problem) is not counts
    assert desk.checked(appliers=("shared",)).problem == ""


def wrong_namespace(desk: Desk) -> None:
    desk.signs("alice@example.com", namespace="file")


def another_plan(desk: Desk) -> None:
    desk.signs("alice@example.com", PLAN.text.replace("gw-a", "gw-b"))


def unknown_key(desk: Desk) -> None:
    desk.signs("mallory")


def expired_key(desk: Desk) -> None:
    desk.listed("dora", f'namespaces="{NAMESPACE}",valid-before="20261127Z"')
    desk.signs("dora")


def key_of_a_control_node(desk: Desk) -> None:
    desk.listed("night@control-1", 'namespaces="tourniquet-record"')
    desk.signs("night@control-1")


def revoked_key(desk: Desk) -> None:
    revoked = desk.signers.with_name(REVOKED)
    revoked.write_text(f"# lost in the train\n{desk.public('alice@example.com')} alice\n", encoding="ascii")
    revoked.chmod(0o600)
    desk.signs("alice@example.com")


def pattern_as_principal(desk: Desk) -> None:
    desk.listed("*@example.com", key="anybody")
    desk.signs("anybody")


def a_link(desk: Desk) -> None:
    path = desk.signs("alice@example.com")
    path.rename(desk.plan / "elsewhere")
    path.symlink_to(desk.plan / "elsewhere")


def a_huge_file(desk: Desk) -> None:
    path = desk.signs("alice@example.com")
    os.truncate(path, 1 << 30)


def no_signature(desk: Desk) -> None:
    path = desk.signs("alice@example.com")
    path.write_bytes(b"\xff\x1b[2J")


def the_person_who_applies(desk: Desk) -> None:
    desk.listed("Carol@example.com")
    desk.signs("Carol@example.com")


def writable_by_others(desk: Desk) -> None:
    desk.signs("alice@example.com").chmod(0o666)


@pytest.mark.parametrize(
    ("case", "why"),
    [
        (wrong_namespace, "approval.alice.sig: it is signed for file, and not for tourniquet-approval"),
        (another_plan, "approval.alice.sig: it is a signature of another plan"),
        (unknown_key, "is not in the list of allowed signers"),
        (expired_key, "the key of dora was valid only until 2026-11-27 00:00 UTC"),
        (key_of_a_control_node, "the key of night@control-1 may not sign for tourniquet-approval"),
        (revoked_key, "is revoked"),
        (pattern_as_principal, "a pattern names no person"),
        (a_link, "is a link, which is not followed"),
        (a_huge_file, "is larger than 4,096 bytes"),
        (no_signature, "cannot be read"),
        (the_person_who_applies, "is the person who applies"),
        (writable_by_others, "others may write to it"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_does_not_count_is_named(desk: Desk, case: Callable[[Desk], None], why: str) -> None:
    case(desk)
    found = desk.checked()
    assert found.approvals == ()
    assert why in found.problem
    assert "\x1b" not in found.problem
    if case is not revoked_key:  # one bad file spoils no other
        desk.signs("bob@example.com")
        assert desk.checked().problem == ""


def test_the_same_person_or_the_same_key_twice_is_one_approval(desk: Desk) -> None:
    desk.listed("alice@laptop")
    desk.signs("alice@example.com", file="first")
    desk.signs("alice@laptop", file="second")
    assert desk.checked(2).problem.endswith("of the same person")
    desk.listed("second-name", key="alice@example.com")
    desk.plan.joinpath("approval.second.sig").unlink()
    desk.signs("alice@example.com", file="again")
    assert "needs 2 approvals of different persons, and has alice@example.com,second-name" in desk.checked(2).problem


def test_an_approval_ends_and_cannot_be_asked_for_long(desk: Desk) -> None:
    desk.signs("alice@example.com")
    assert "could be approved until 2026-11-28 05:00 UTC only" in desk.checked(now=PLAN.expires).problem
    assert "24 hours at most" in desk.checked(now=NOW - timedelta(days=2)).problem


def test_a_plan_of_another_verb_and_an_edited_text_are_refused(desk: Desk) -> None:
    desk.signs("alice@example.com")
    found = check_approvals(desk.plan, "reopen", desk.signers, 1, (), NOW, BY_WHOM)
    assert "is one to lockdown" in found.problem
    path = desk.plan / FILE
    path.write_text(path.read_text(encoding="utf-8").replace("gw-a", "gw-b"), encoding="utf-8")
    assert "is not what a plan wrote" in desk.checked().problem
    path.unlink()
    assert "has no plan that can be approved" in desk.checked().problem


def test_a_wrong_list_and_too_many_files_are_refused(desk: Desk) -> None:
    desk.signers.with_name(REVOKED).write_text("not a key\n", encoding="ascii")
    desk.signers.with_name(REVOKED).chmod(0o600)
    assert "line 1 is not a public key" in desk.checked().problem
    for number in range(21):
        (desk.plan / f"approval.{number}.sig").touch()
    assert "has 21 signatures: leave at most 20 there" in desk.checked().problem


def test_the_command_of_the_message_signs_with_a_real_ssh_keygen(desk: Desk, tmp_path: Path) -> None:
    key = tmp_path / "id"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True, timeout=60)
    with desk.signers.open("a", encoding="ascii") as file:
        file.write(f"\nerin {key.with_suffix('.pub').read_text(encoding='ascii')}")
    text = how_to_approve(desk.plan)
    command = text[text.index("(cd ") : text.index(" and the same")]
    command = command.replace("~/.ssh/id_ed25519", str(key)).replace("NAME", "erin")
    subprocess.run(["sh", "-c", f"umask 077; {command}"], check=True, timeout=60)
    assert [sorted(one.principals) for one in desk.checked().approvals] == [["erin"]]


def test_who_is_missing_counts_persons_who_could_sign_now(desk: Desk) -> None:
    def missing(wanted: int, appliers: tuple[str, ...] = ("carol",), own_key: bytes = b"") -> str:
        return who_is_missing(desk.signers, wanted, appliers, NOW, own_key)

    desk.lines.clear()
    desk.signers.unlink()
    assert f"of the 1 person needed, the list of allowed signers {desk.signers} has 0, " in missing(1)
    desk.listed("alice@laptop")
    desk.listed("alice@desk", key="second")
    assert missing(1) == ""
    assert "of the 2 persons needed, the list " in missing(2)
    assert " has 1, not counting the person who applies" in missing(2)
    desk.listed("carol@example.com")
    desk.listed("dave@example.com", 'namespaces="tourniquet-record"')
    desk.listed("erin@example.com", 'valid-before="20260101Z"')
    desk.listed("*@example.com", key="pattern")
    desk.listed("frank@example.com")
    revoked = desk.signers.with_name(REVOKED)
    revoked.write_text(desk.public("frank@example.com") + "\n", encoding="ascii")
    revoked.chmod(0o600)
    assert " has 1, " in missing(2)
    desk.listed("bob@example.com")
    assert missing(2) == ""
    assert " has 1, " in missing(2, own_key=public_key_blob(desk.key("bob@example.com").public_key()))
    desk.lines.append("nobody")
    desk.listed("gina@example.com")
    assert "it has less than three fields" in missing(2)
