# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a failover opens, what another step closes there all the same, and why nobody can say that something stays closed."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.closing_steps import (
    STOPS_EVERYBODY,
    LadderStep,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure_reads.closing_in_force import (
    Place,
    Standing,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure_reads.still_closed import (
    OpenAllTheSame,
    _AtSecondary,
    _by_failover,
)

SHOP: Place = ("default", ("lbvserver", ("shop",)))
ZOO: Place = ("p1", ("lbvserver", ("zoo",)))
OFF, NOTICE, COUNTRIES = LadderStep.OFF, LadderStep.NOTICE, LadderStep.COUNTRIES


def there(step: LadderStep, *places: Place, **stands: Any) -> _AtSecondary:
    return _AtSecondary(step, "on the secondary 192.0.2.2", frozenset(places), Standing(**stands))


def test_which_steps_stop_everybody() -> None:
    assert OFF in STOPS_EVERYBODY
    assert COUNTRIES not in STOPS_EVERYBODY


@pytest.mark.parametrize(
    ("found", "opened", "beside"),
    [
        ([], {}, {}),
        ([there(OFF, SHOP)], {}, {}),
        (
            [there(OFF, SHOP, open={SHOP: "it is on"})],
            {OFF: "a failover opens shop: on the secondary 192.0.2.2 it is on"},
            {},
        ),
        (
            [there(COUNTRIES, ZOO, SHOP, open={ZOO: "no ACL", SHOP: "no ACL"})],
            {COUNTRIES: "a failover opens shop, zoo of partition p1: on the secondary 192.0.2.2 no ACL"},
            {},
        ),
        (
            [there(OFF, SHOP), there(COUNTRIES, SHOP, open={SHOP: "no ACL"})],
            {},
            {COUNTRIES: "on the secondary 192.0.2.2 countries is not in force at shop, where off closes it: no ACL"},
        ),
        (
            [there(OFF, SHOP), there(COUNTRIES, SHOP, ZOO, open={SHOP: "no ACL", ZOO: "none"})],
            {COUNTRIES: "a failover opens zoo of partition p1: on the secondary 192.0.2.2 none"},
            {COUNTRIES: "on the secondary 192.0.2.2 countries is not in force at shop, where off closes it: no ACL"},
        ),
        (
            [there(OFF, SHOP, not_decided={SHOP: "who knows"}), there(COUNTRIES, SHOP, open={SHOP: "no ACL"})],
            {COUNTRIES: "a failover opens shop: on the secondary 192.0.2.2 no ACL"},
            {},
        ),
        (
            [there(COUNTRIES, SHOP), there(OFF, SHOP, open={SHOP: "it is on"})],
            {OFF: "a failover opens shop: on the secondary 192.0.2.2 it is on"},
            {},
        ),
    ],
)
def test_a_failover_opens_what_no_step_closes_to_everybody_there(
    found: list[_AtSecondary], opened: dict[LadderStep, str], beside: dict[LadderStep, str]
) -> None:
    assert _by_failover(found) == (opened, beside)


def test_the_first_reason_against_a_step_is_told_and_none_of_another_step() -> None:
    every = OpenAllTheSame(
        unread={OFF: "not read"},
        elsewhere={OFF: "elsewhere", NOTICE: "elsewhere"},
        secondary={NOTICE: "a failover opens", COUNTRIES: "a failover opens"},
        shut_there={COUNTRIES: "shut"},
    )
    assert [every.why_not_sure(step) for step in (OFF, NOTICE, COUNTRIES)] == [
        "not read",
        "elsewhere",
        "a failover opens",
    ]
    assert OpenAllTheSame(shut_there={OFF: "shut"}).why_not_sure(OFF) == "shut"
    assert OpenAllTheSame(shut_there={OFF: "shut"}).why_not_sure(NOTICE) == ""


def test_doubts_are_told_once_and_with_their_places() -> None:
    found = OpenAllTheSame(
        unread={OFF: "one"},
        elsewhere={OFF: "one", NOTICE: "two"},
        not_decided={(NOTICE, *SHOP): "who knows"},
        accepted={(NOTICE, *ZOO): "theirs"},
        not_compared={(NOTICE, *ZOO): "a file"},
    )
    assert found.in_doubt == (
        "one",
        "two",
        f"shop (closed, {NOTICE}): who knows",
        f"zoo of partition p1 (closed, {NOTICE}): theirs",
    )
    assert OpenAllTheSame(not_compared={(NOTICE, *ZOO): "a file"}).in_doubt == ()
