# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which options a closing needs, what a preview says is missing, and that neither a drill nor the sessions of others are touched."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.closing_task import (
    MANDATORY,
    called_as,
    closing_decision,
    noting_missing,
    require_possible,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.result import Result

GIVEN: dict[str, Any] = {"reason": "why", "ticket": "CHG1", "who": "J. Jansen", "expires": "24", "longest": 48}
NONE = {"drill": False, "end_sessions": False, "customers": [], "vips": [], "partitions": []}


def task(of: tuple[str, ...] = (), *, check_mode: bool = False, is_preview: bool = False, **options: Any) -> Any:
    appliance = SimpleNamespace(name="gw", customers=of)
    return SimpleNamespace(
        appliance=appliance, options={**NONE, **options}, check_mode=check_mode, is_preview=is_preview
    )


@pytest.mark.parametrize(("is_preview", "drill"), [(False, False), (True, False), (False, True), (True, True)])
def test_a_decision_is_needed_but_for_a_preview_and_a_drill(is_preview: bool, drill: bool) -> None:
    decision, missing = closing_decision(task(is_preview=is_preview, **GIVEN, drill=drill))
    assert decision is not None
    assert (decision.reason, decision.ticket, decision.who, missing) == ("why", "CHG1", "J. Jansen", [])
    assert decision.due is not None
    for name in MANDATORY:
        without = task(is_preview=is_preview, **{**GIVEN, name: " ", "drill": drill})
        if is_preview or drill:
            assert closing_decision(without) == (None, [name])
        else:
            with pytest.raises(InvalidInput, match=rf"^{name} must be given for the record"):
                closing_decision(without)


@pytest.mark.parametrize(("is_preview", "drill"), [(False, False), (True, False), (False, True)])
def test_a_wrong_expiry_and_what_is_missing_are_told_at_once(is_preview: bool, drill: bool) -> None:
    """Seen: a closing for 240 hours without a name was refused twice, for one of them each time."""
    given = {**GIVEN, "expires": "240", "who": "", "ticket": " ", "drill": drill}
    with pytest.raises(InvalidInput) as refused:
        closing_decision(task(is_preview=is_preview, **given))
    text = str(refused.value)
    assert text.startswith("expires is '240', which is more than 48 hours ahead")
    assert text.endswith(" Nothing was sent.")
    assert ("ticket and who must be given for the record: -e ticket=" in text) is not (is_preview or drill)


def test_a_preview_says_what_is_to_be_set() -> None:
    shown = Result(changed=False, preview=["gw"])
    assert noting_missing(shown, []) is shown
    told = noting_missing(shown, ["who", "expires"]).preview
    assert told == ["gw", "  to be set before it is carried out: who, expires"]
    without = Result(changed=False)
    assert without.preview is None
    assert noting_missing(without, ["who"]) is without


@pytest.mark.parametrize(
    ("customers", "options"),
    [
        ((), {}),
        (("Brouwer", "De Wit"), {"customers": ["Brouwer"], "vips": ["gw"], "partitions": ["t1"]}),
        ((), {"end_sessions": True}),
        (("Brouwer", "De Wit"), {"end_sessions": True}),
        (("Brouwer",), {"end_sessions": True, "customers": ["Brouwer"]}),
        ((), {"end_sessions": True, "customers": ["Brouwer"]}),
        ((), {"drill": True, "check_mode": True}),
    ],
)
def test_what_touches_nobody_else_is_possible(customers: tuple[str, ...], options: dict[str, Any]) -> None:
    require_possible(task(customers, **options))


@pytest.mark.parametrize(
    ("customers", "options", "told"),
    [
        ((), {"drill": True}, "gw: a drill writes nothing"),
        (("Brouwer", "De Wit"), {"customers": ["Brouwer"]}, "gw: end_sessions ends all sessions of the appliance"),
        ((), {"vips": ["gw"]}, "gw: end_sessions ends all sessions of the appliance"),
        (("Brouwer",), {"partitions": ["t1"]}, "gw: end_sessions ends all sessions of the appliance"),
    ],
)
def test_a_drill_writes_nothing_and_sessions_of_others_are_not_ended(
    customers: tuple[str, ...], options: dict[str, Any], told: str
) -> None:
    given = options if "drill" in options else {**options, "end_sessions": True}
    with pytest.raises(InvalidInput) as refused:
        require_possible(task(customers, **given))
    assert str(refused.value).startswith(told)
    assert str(refused.value).endswith("Nothing was sent.")


@pytest.mark.parametrize(
    ("options", "verb"), [({}, "close"), ({"called": ""}, "close"), ({"called": "lockdown"}, "lockdown")]
)
def test_a_closing_is_called_as_the_person_called_it(options: dict[str, Any], verb: str) -> None:
    assert called_as(task(**options)) == verb
