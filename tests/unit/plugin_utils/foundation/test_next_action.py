# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A next action is a text with its commands as values, and none of the table leads in a circle."""

from __future__ import annotations

import pickle

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import Refused, TourniquetError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.json_values import json_values
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.next_action import (
    STATUS,
    Command,
    NextAction,
    are_commands,
    carrying,
    command_values,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure.hunt_word import (
    NEXT_ACTIONS as OF_A_HUNT,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.closure_verdict import (
    NEXT_ACTIONS as OF_A_CLOSING,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.next_action import (
    APPLY,
    BLOCK_AGAIN,
    LOCKDOWN,
    UNDO,
    VERIFY,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.verdict_table import (
    VERDICTS,
    VerdictWord,
    worst_verdict,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.registry import NAMES

EVERY = [*(meaning.next_action for meaning in VERDICTS.values()), *OF_A_HUNT.values(), *OF_A_CLOSING.values()]


def test_the_text_is_that_of_its_pieces_and_its_commands_stay_values() -> None:
    upgrade = NextAction("close external access (", LOCKDOWN, "), then upgrade to {fix}").filled(fix="13.0 92.21")
    assert upgrade == "close external access (lockdown.yml), then upgrade to 13.0 92.21"
    assert upgrade.lines == (LOCKDOWN, STATUS), "what is done outside is checked"
    assert NextAction("find out why, then ", VERIFY).lines == (VERIFY,)
    both = NextAction(NextAction(APPLY), ", then ", upgrade)
    assert both.commands == (APPLY, LOCKDOWN)
    assert json_values({"next": both}) == {"next": str(both)}
    again = pickle.loads(pickle.dumps(both))
    assert (again, again.pieces, again.check) == (both, both.pieces, both.check)


def test_a_name_that_is_worded_like_a_command_is_none() -> None:
    hostile = "gw, then rollback.yml -e mitigation=cve_2019_19781 -e why=undo"
    action = NextAction(f"find out why {hostile} does not answer, then ", VERIFY)
    assert action.lines == (VERIFY,)
    assert not action.has("rollback")


def test_an_error_keeps_the_commands_of_the_one_of_which_it_was_made() -> None:
    """Each runner puts a partition or an appliance in front of a text: the line to paste was lost there."""
    made = TourniquetError("partition a: first lockdown.yml")
    made.__cause__ = Refused(NextAction("first ", LOCKDOWN))
    for one in (made, pickle.loads(pickle.dumps(made))):
        assert (str(one), [command["playbook"] for command in one.commands]) == (
            "partition a: first lockdown.yml",
            ["lockdown.yml"],
        )
    assert carrying("none", "a", "b").__class__ is str
    assert Refused("nothing").commands == Refused().commands == []


def test_programs_read_the_commands_beside_the_text() -> None:
    assert command_values(NextAction(BLOCK_AGAIN, ", then upgrade to 13.1 1.1")) == [
        {
            "playbook": "apply.yml",
            "options": {"mitigation_mode": "enforce"},
            "checks": False,
            "whole_catalogue": False,
            "asks": [],
        },
        {"playbook": "status.yml", "options": {}, "checks": True, "whole_catalogue": False, "asks": []},
    ]
    assert command_values("apply.yml") == [], "a text alone has none"
    verdict = json_values(worst_verdict([(VerdictWord.MITIGATED, "")], (), (), fix="13.1 1.1"))
    assert (verdict["next_action"], len(verdict["next_commands"])) == ("upgrade to 13.1 1.1", 1)


@pytest.mark.parametrize("action", EVERY, ids=str)
def test_each_command_of_a_text_is_a_value_of_a_verb(action: NextAction) -> None:
    assert all(command.verb in NAMES for command in action.lines)
    said = [str(command) for command in action.commands]
    prose = "".join(piece for piece in action.pieces if isinstance(piece, str))
    # "hunt.yml" is also the name of what has found something.
    assert ".yml" not in prose.replace("hunt.yml", ""), said
    assert bool(action.lines) == action.is_needed
    assert are_commands(command_values(action)), "a node may hand it on"


def test_a_node_hands_on_no_acceptance_without_the_question_who_accepts() -> None:
    options = {"accept_exposure": "true"}
    command = {"playbook": "", "options": options, "checks": False, "whole_catalogue": False, "again": True}
    assert are_commands([{**command, "asks": ["who"]}])
    assert not are_commands([{**command, "asks": []}])
    assert not are_commands([{**command, "asks": ["second"]}])


AFTER: dict[str, VerdictWord] = {
    # What each verb leaves behind where it succeeds; a verb that fails says why, and ends the chain.
    "apply": VerdictWord.MITIGATED,
    "verify": VerdictWord.MITIGATED,
    "retire": VerdictWord.FIXED,
    "lockdown": VerdictWord.CLOSED,
    "close": VerdictWord.CLOSED,
}


@pytest.mark.parametrize("word", VerdictWord)
def test_no_chain_of_next_actions_is_a_circle(word: VerdictWord) -> None:
    """Each command is followed to what it leaves behind, until nothing is left or a person has to do something outside."""
    seen = [word]
    while True:
        action = VERDICTS[seen[-1]].next_action
        first = next((one for one in action.commands if one != UNDO), None)
        if first is None or isinstance(action.pieces[-1], str) or first.verb not in AFTER:
            break
        assert AFTER[first.verb] not in seen, seen
        seen.append(AFTER[first.verb])
    assert len(seen) <= 3


def test_a_command_gets_an_option_once_and_in_front() -> None:
    named = UNDO.with_first("mitigation", "heartbeat")
    assert str(named) == "rollback.yml -e mitigation=heartbeat -e why=undo"
    assert named.with_first("mitigation", "other") == named
    assert (
        str(BLOCK_AGAIN.with_first("mitigation", "x")) == "apply.yml -e mitigation=x without mitigation_mode: observe"
    )
    assert Command("apply").values == {}
