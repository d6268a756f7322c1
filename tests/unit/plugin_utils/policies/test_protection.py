# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From which services a change takes protection away, by what is bound before and after it."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.conflicts import without_protection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.protection import EVERY, taken_away

from tests.unit.plugin_utils.policies.policy_objects import ATTACKS, OURS, OWNER, Objects, bound, put, together

VIPS = [("vpn", "gw"), ("lb", "site")]
GLOBAL = bound(OURS, 10)
COUNTS = bound(OURS, 10, ATTACKS, "NOOP", "NEXT")
AT_GATEWAY = bound(OURS, 10, at="vpn gw REQUEST")
THEIRS = bound("rp_theirs", 20)
BOTH = ("lb vserver site", "vpn vserver gw")


def acl(action: str) -> Objects:
    objects: Objects = {}
    put(objects, "nsacl", aclname=f"{OURS}__1", aclaction=action, priority=10)
    return objects


@pytest.mark.parametrize(
    ("before", "after", "lost"),
    [
        (GLOBAL, GLOBAL, ()),
        (GLOBAL, COUNTS, BOTH),
        (GLOBAL, {}, BOTH),
        (GLOBAL, AT_GATEWAY, ("lb vserver site",)),
        (GLOBAL, bound(OURS, 10, at="REQ_DEFAULT"), ()),
        (COUNTS, {}, ()),
        (COUNTS, GLOBAL, ()),
        ({}, COUNTS, ()),
        (AT_GATEWAY, {}, ("vpn vserver gw",)),
        (AT_GATEWAY, bound(OURS, 10, at="vpn gw AAA_REQUEST"), ()),
        (AT_GATEWAY, GLOBAL, ()),
        (THEIRS, {}, ()),
        (together(GLOBAL, THEIRS), together(COUNTS, THEIRS), BOTH),
        (AT_GATEWAY, acl("DENY"), ()),
        (acl("DENY"), {}, BOTH),
        (acl("ALLOW"), {}, ()),
    ],
)
def test_what_answers_before_and_not_afterwards_is_named(
    before: Objects, after: Objects, lost: tuple[str, ...]
) -> None:
    assert taken_away(before, after, OWNER, VIPS) == lost


def test_where_no_virtual_server_is_known_it_is_every_one() -> None:
    assert taken_away(GLOBAL, {}, OWNER, []) == (EVERY,)


@pytest.mark.parametrize(
    ("services", "who", "reason", "lacking"),
    [
        (BOTH, "", "", "who and reason"),
        (BOTH, "J. Jansen", " ", "reason"),
        (BOTH, "", "x", "who"),
        (BOTH, "\u200b", "-", "who and reason"),
        (BOTH, "\x00\u2060", "\u00a0.", "who and reason"),
        (BOTH, "J. Jansen", "x", ""),
        ((), "", "", ""),
    ],
)
def test_somebody_answers_for_it(services: tuple[str, ...], who: str, reason: str, lacking: str) -> None:
    found = without_protection(services, {"who": who, "reason": reason})
    assert [one.kind for one in found] == (["protection_taken_away"] if lacking else [])
    assert all("from lb vserver site, vpn vserver gw: a rule" in one.message for one in found)
    assert all(f"or give {lacking} for the record: -e " in one.fix for one in found)
