# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The text that approvers sign, its time limits, and what is said of the approvals of a plan."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.approvals.approval import (
    Approval,
    enough,
    sign_command,
    signature_files,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.approvals.check import (
    check_approvals,
    count,
    how_to_approve,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.approvals.demand import (
    BreakGlass,
    break_glass_of,
    wanted_approvals,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.approvals.digests import (
    digest_of_demand,
    digest_of_list,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.approvals.request import (
    ApprovalRequest,
    expiry,
    parse_request,
    read_request,
    sealed,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.line_width import wrapped
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.approvals import approval_rules

NOW = datetime(2026, 11, 28, 5, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LIMIT = NOW + timedelta(hours=24)
SEALS = {"gw-b": "b" * 64 + " v2", "gw-a": "a" * 64 + " v2"}
BY_WHOM = ("d" * 64, "1" * 64)
REQUEST = ApprovalRequest("apply", "m", "p", LIMIT, SEALS, ("c" * 64, BY_WHOM[0]), BY_WHOM[1])


def test_when_a_plan_can_be_approved() -> None:
    over = "the plan could be approved until 2026-11-29 05:00 UTC only"
    long = "the plan asks for approvals until 2026-11-29 05:00 UTC, and they count for 24 hours at most"
    for now, expected in (
        (NOW, ""),
        (NOW - SECOND, long),
        (LIMIT - SECOND, ""),
        (LIMIT, over),
        (LIMIT + SECOND, over),
    ):
        assert REQUEST.problem(now, *BY_WHOM) == expected, now
    local = datetime(2026, 11, 28, 6, 0, 0, 7, tzinfo=timezone(timedelta(hours=1)))
    assert expiry(local) == LIMIT


def test_the_text_and_its_digests() -> None:
    """The appliances stand in it in alphabetical order, each with its own seal, so another order is another text."""
    lines = "".join(f"{SEALS[host]} {host}\n" for host in ("gw-a", "gw-b"))
    assert REQUEST.text.endswith(f"\ndigest: {REQUEST.digest}\n{lines}")
    swapped = REQUEST.text.replace(lines, "".join(f"{SEALS[host]} {host}\n" for host in ("gw-b", "gw-a")))
    assert (parse_request(REQUEST.text), parse_request(swapped), parse_request("")) == (REQUEST, None, None)
    assert f"\ndemand: {'c' * 64},{'d' * 64}\nsigners: {'1' * 64}\ndigest: " in REQUEST.text
    other = replace(REQUEST, measure="m2")
    assert (other.digest == REQUEST.digest, other.id == REQUEST.id) == (True, False)
    assert sealed("ab", 2) == "ab v2"


def test_a_directory_without_the_text_has_nothing_to_approve(tmp_path: Path) -> None:
    assert read_request(tmp_path) is None
    REQUEST.write(tmp_path)
    assert read_request(tmp_path) == REQUEST
    (tmp_path / "approval.txt").write_text("x", encoding="ascii")
    with pytest.raises(InvalidInput, match="is not what a plan wrote: make a new plan"):
        read_request(tmp_path)


def test_a_text_of_an_earlier_version_is_to_be_asked_for_again(tmp_path: Path) -> None:
    """It names neither the demand nor the list of allowed signers, so nobody can say under which ones it was signed."""
    head = f"tourniquet-approval 1\nverb: apply\nmeasure: m\nplan: p\nexpires: {LIMIT.isoformat()}\n"
    path = tmp_path / "approval.txt"
    path.write_text(f"{head}digest: {'d' * 64}\n{'a' * 64} v2 gw-a\n", encoding="ascii")
    path.chmod(0o600)
    with pytest.raises(
        InvalidInput, match=r"earlier version of Tourniquet, .* plan again, and have the new text signed"
    ):
        read_request(tmp_path)
    found = check_approvals(tmp_path, "apply", tmp_path / "signers", 1, (), NOW, BY_WHOM)
    assert "plan again, and have the new text signed" in found.problem
    assert found.request is None


def test_a_request_counts_under_its_own_demand_and_list_alone() -> None:
    now = "than that of now"
    other = f"another list of allowed signers (SHA-256 {'1' * 12}) {now} ({'2' * 12}): plan again"
    assert other in REQUEST.problem(NOW, BY_WHOM[0], "2" * 64)
    other = f"another demand for approvals (SHA-256 {'c' * 12}, {'d' * 12}) {now} ({'e' * 12}): plan again"
    assert other in REQUEST.problem(NOW, "e" * 64, BY_WHOM[1])
    assert REQUEST.problem(NOW, "c" * 64, BY_WHOM[1]) == ""


def test_the_digests_are_those_of_other_programs(tmp_path: Path) -> None:
    """The list as sha256sum prints it, the demand as its JSON with sorted keys; a list that is not there is an empty one."""
    signers = tmp_path / "allowed_signers"
    assert digest_of_list(signers) == hashlib.sha256(b"").hexdigest()
    signers.write_text("alice ssh-ed25519 AAAA\n", encoding="ascii")
    signers.chmod(0o600)
    assert digest_of_list(signers) == hashlib.sha256(signers.read_bytes()).hexdigest()
    assert digest_of_demand({"close": 2, "apply": 1}) == hashlib.sha256(b'{"apply":1,"close":2}').hexdigest()


def test_at_most_twenty_signatures_are_read(tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / f"approval.{number}.sig").touch()
    (tmp_path / "approval.txt").touch()
    assert len(signature_files(tmp_path)) == 20
    (tmp_path / "approval.x.sig").touch()
    with pytest.raises(InvalidInput, match="has 21 signatures: leave at most 20 there"):
        signature_files(tmp_path)


def approval(*principals: str, key: str = "k") -> Approval:
    return Approval(frozenset(principals), key)


def test_approvals_are_of_different_persons() -> None:
    """A person is known by each of the names, in any case, and by the part of a mail address before the @."""
    alice, bob = approval("alice@example.com"), approval("bob")
    for given, wanted, expected in (
        ([], 1, ()),
        ([alice], 1, (alice,)),
        ([alice], 2, ()),
        ([alice, bob], 1, (alice,)),
        ([alice, bob], 2, (alice, bob)),
        ([alice, approval("ALICE@other.example")], 2, ()),
        ([alice, approval("alice")], 2, ()),
        ([alice, approval("carol", "Alice"), bob], 2, (alice, bob)),
        ([alice, bob, approval("carol")], 3, (alice, bob, approval("carol"))),
    ):
        assert enough(given, wanted) == expected, (given, wanted)
    assert approval("b", "a").text == "a,b (k)"


def test_what_approvers_are_told(tmp_path: Path) -> None:
    assert [count(number) for number in (1, 2)] == ["1 approval", "2 approvals of different persons"]
    folder = Path("/tmp/my plans")
    signing = "(cd '/tmp/my plans' && ssh-keygen -Y sign -n tourniquet-approval -f ~/.ssh/id_ed25519 "
    signing += "< approval.txt > approval.NAME.sig)"
    assert sign_command(folder) == signing
    carried = f"{signing} and the same command with -e plan='/tmp/my plans' carries it out"
    assert how_to_approve(folder) == f"Each approver signs: {carried}"
    for directory in (folder, Path("/srv/plans/it's (new)/20261128T020000Z-1")):
        assert [sign_command(directory) in line for line in wrapped(how_to_approve(directory), 60)].count(True) == 1
    assert how_to_approve(folder, NOW) == f"Each approver signs before 2026-11-28 05:00 UTC: {carried}"
    nowhere = check_approvals(None, "apply", tmp_path / "signers", 2, (), NOW, BY_WHOM)
    assert nowhere.problem == "apply needs 2 approvals of different persons, and no approved plan is named"


def test_the_demand_and_the_broken_glass() -> None:
    demand = {"apply": 1, "recommended": 2, "close": 2}
    assert wanted_approvals(None, approval_rules(), "apply") == 0
    assert wanted_approvals({}, approval_rules(), "apply") == 0
    assert wanted_approvals(demand, approval_rules(), "apply", "cve_x") == 1
    assert wanted_approvals(demand, approval_rules(), "apply", "recommended") == 2
    assert wanted_approvals(demand, approval_rules(), "rollback", "recommended") == 0
    assert wanted_approvals(demand, approval_rules(), "no action that writes") == 0
    for bad, why in ((7, "must be a mapping"), ({"aply": 1}, "names 'aply': write one of"), ({"apply": 3}, "is '3'")):
        with pytest.raises(InvalidInput, match=why):
            wanted_approvals(bad, approval_rules(), "apply")
    for number in (-1, True, "1", None):
        with pytest.raises(InvalidInput, match="write 0, 1 or 2"):
            wanted_approvals({"apply": number}, approval_rules(), "apply")
    assert break_glass_of(wanted=False, who="A", reason="r") is None
    for who, reason in (("", "r"), ("A", " "), ("", "")):
        with pytest.raises(InvalidInput, match="needs a person and a reason"):
            break_glass_of(wanted=True, who=who, reason=reason)
    glass = break_glass_of(wanted=True, who=" A ", reason=" it burns ")
    assert glass == BreakGlass("A", "it burns")
    assert glass.text == "BREAK GLASS: A goes on without the approvals: it burns"
    assert glass.facts == {"who": "A", "reason": "it burns"}
