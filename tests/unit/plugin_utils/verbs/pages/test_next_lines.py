# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The commands of a next action as lines: whole, with the appliances by name, quoted, and with nothing that may be secret."""

from __future__ import annotations

import json
import random
import re
import shlex
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.next_action import (
    AGAIN,
    WHO_DECIDES,
    Command,
    NextAction,
    advice,
    command_values,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.next_action import (
    APPLY,
    BLOCK_AGAIN,
    LOCKDOWN,
    REOPEN,
    STATUS_OF_ALL,
    VERIFY,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.option_files import names_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.catalogue_page import catalogue_page
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.end_page import PageRun, end_page
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.next_lines import (
    CARRIED,
    RunForm,
    how_checked,
    lines_of,
    next_lines,
    variables_of,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.registry import NAMES

FORM = RunForm(
    words=("ansible-playbook", "-i", "inventory/mine"),
    playbook="status",
    before="playbooks/",
    after=".yml",
    values={"mitigation": "cve_2019_19781"},
    hidden=(),
    is_exact=lambda _limit, _hosts: True,
)
START = "ansible-playbook -i inventory/mine playbooks/"


def result(action: NextAction, word: str = "exposed", **more: Any) -> dict[str, Any]:
    verdict = {"word": word, "reason": "open", "exit_code": 2, "missing": [], "next_action": str(action)}
    return {
        "verdict": {**verdict, "next_commands": command_values(action)},
        "appliance": {"build": "13.0 47.22"},
        "action": "status",
        "msg": "m",
        **more,
    }


def lines(action: NextAction, form: RunForm = FORM, *hosts: str) -> list[str]:
    return [line.strip() for line in next_lines(form, dict.fromkeys(hosts or ("gw-a", "gw-b"), result(action)))]


@pytest.mark.parametrize(
    ("action", "told"),
    [
        (NextAction(APPLY), ["apply.yml --limit gw-a,gw-b -e mitigation=cve_2019_19781"]),
        (
            NextAction("look, then ", BLOCK_AGAIN),
            ["apply.yml --limit gw-a,gw-b -e mitigation_mode=enforce -e mitigation=cve_2019_19781"],
        ),
        (
            NextAction("close external access (", LOCKDOWN, "), then upgrade to 13.0 92.21"),
            [
                ("lockdown.yml --limit gw-a,gw-b -e \"reason='<reason>'\" -e \"ticket='<ticket>'\" -e \"who='<who>'\" "
                "-e \"expires='<expires>'\""),
                "status.yml --limit gw-a,gw-b -e mitigation=cve_2019_19781",
            ],
        ),
        (
            NextAction(Command("reopen", (("step", "notice"),))),
            ["reopen.yml --limit gw-a,gw-b -e step=notice -e \"reason='<reason>'\" -e \"ticket='<ticket>'\" -e \"who='<who>'\""],
        ),
        (NextAction("upgrade", check=STATUS_OF_ALL), ["status.yml --limit gw-a,gw-b"]),
        (NextAction("none"), []),
        (NextAction(""), []),
    ],
)  # fmt: skip
def test_a_line_is_whole(action: NextAction, told: list[str]) -> None:
    assert lines(action) == [START + one for one in told]


def test_what_holds_in_the_run_goes_on_and_a_decision_does_not() -> None:
    values = {
        "mitigation": "cve_2019_19781",
        "records": "/srv/r r",
        "tourniquet_record_key": "/k",
        "partitions": ["p1"],
        "rollout_canary": "5",
        "found": "replace",
        "ticket": "CHG1",
        "probes": "few",
    }
    form = replace(FORM, values=values)
    (line,) = lines(NextAction(VERIFY), form)
    assert shlex.split(line)[6:] == [
        *("-e", "mitigation=cve_2019_19781"),
        *("-e", '{"records": "/srv/r r"}'),
        *("-e", "tourniquet_record_key=/k"),
    ]
    (closing, _check) = lines(NextAction(LOCKDOWN, ", then look"), form)
    assert """-e '{"partitions": ["p1"]}'""" in closing
    assert "mitigation" not in closing
    assert "<ticket>" in closing
    # The same decision again: a preview that was given all of it.
    preview = replace(form, playbook="lockdown", is_preview=True)
    (again, _check) = lines(NextAction(LOCKDOWN, ", then look"), preview)
    assert "-e ticket=CHG1" in again
    assert "<ticket>" not in again
    (extended,) = lines(NextAction(Command("lockdown", (("extend", "true"),))), preview)
    assert "<ticket>" in extended, "to extend it is a new decision"


def test_a_line_of_slices_reaches_the_nodes_as_this_run_did() -> None:
    """Seen: pasted, it sent no certificate of a CA beside the inventory, and each appliance refused."""
    own = {name: f"of {name}" for name in names_of("verbs/sliced", "sliced") if name.startswith("slice_")}
    assert "slice_files" in own
    given = {**own, "without_nodes": ["utrecht"]}
    form = replace(FORM, playbook="sliced", values={"mitigation": "m", "verb": "apply", **given})
    (line,) = lines(NextAction(VERIFY), form)
    assert line.startswith(f"{START}sliced.yml --limit gw-a,gw-b -e verb=verify ")
    for name, value in given.items():
        assert shlex.quote(json.dumps({name: value})) in line


def test_what_follows_a_hunt_gets_its_report() -> None:
    """Seen: the line that takes evidence did not name the hunt that asked for it, whose files are read before the others."""
    action = NextAction(Command("evidence"), ", ", LOCKDOWN, ", ", Command("status"))
    hunt = replace(FORM, playbook="hunt", values={"tourniquet_report": "my reports", "traces": "old/hunt.json"})
    (evidence, closing, status) = lines(action, hunt)
    for line in (evidence, status):
        assert line.endswith(""" -e '{"traces": "my reports/hunt.json"}'""")
    assert "traces" not in closing
    for unknown in ({}, {"tourniquet_report": "results.json"}):
        (line, *_) = lines(action, replace(hunt, values=unknown))
        assert "traces" not in line
    (line, *_) = lines(action, replace(hunt, playbook="status"))
    assert line.endswith(" -e traces=old/hunt.json")


def test_what_can_be_given_at_once_waits_for_no_work_at_another_appliance() -> None:
    """Seen: one line with four appliances and a fifth, which had to be looked at first: its refusal stopped the rollout to all."""
    after = NextAction("accept it in host_vars, then ", APPLY)
    results = {"gw-a": result(after), "gw-b": result(NextAction(APPLY)), "gw-c": result(NextAction(APPLY))}
    told = [line.strip().partition("--limit ")[2] for line in next_lines(FORM, results)]
    assert told == [f"{hosts} -e mitigation=cve_2019_19781" for hosts in ("gw-b,gw-c", "gw-a")]


def test_what_no_node_carries_out_says_that_it_works_from_here() -> None:
    """Seen: pasted on a controller without passwords, as the how-to has it, the line was refused without a word of the nodes."""
    form = replace(FORM, playbook="sliced", values={"verb": "status", "slice_files": ["ca.pem"]})
    action = NextAction(Command("evidence"), ", ", Command("hunt"), ", then ", VERIFY)
    told = lines(action, form)
    assert told[:2] == [f"{START}{verb}.yml --limit gw-a,gw-b" for verb in ("evidence", "hunt")]
    assert told[2].startswith(f"{START}sliced.yml --limit gw-a,gw-b -e verb=verify ")
    assert told[3:] == [
        "(evidence.yml and hunt.yml work from this machine, not from the execution nodes: it needs a route to these appliances, and their passwords)"
    ]
    assert len(lines(NextAction(VERIFY), form)) == 1
    here = Command("signer", is_local=True)
    assert lines(NextAction(here), form) == [f"{START}signer.yml"]


@pytest.mark.parametrize(
    ("playbook", "values"),
    [
        ("plan", {}),
        ("apply", {}),
        ("sliced", {"verb": "plan"}),
        ("sliced", {"verb": "apply"}),
    ],
)
def test_what_was_previewed_is_applied_as_it_was_previewed(playbook: str, values: dict[str, Any]) -> None:
    """Seen: the line of a plan with a ticket had none, and that of a plan that only counts would have blocked."""
    given = {"mitigation": "cve_2019_19781", "mitigation_mode": "observe", "ticket": "CHG1", "save": "always"}
    form = replace(
        FORM,
        playbook=playbook,
        values={**given, **values, "break_lock": "dead"},
        is_preview="plan" not in (playbook, *values.values()),
    )
    (line,) = lines(NextAction(APPLY), form)
    assert " ".join(f"-e {name}={value}" for name, value in given.items()) in line
    assert "break_lock" not in line, "the lock that is there then may be another one"
    assert (" -e verb=apply " in line) is (playbook == "sliced")
    (of_another,) = lines(NextAction(VERIFY), form)
    assert "CHG1" not in of_another
    (blocking,) = lines(NextAction("look, then ", BLOCK_AGAIN), form)
    assert "observe" not in blocking


def test_what_was_previewed_is_closed_as_it_was_previewed() -> None:
    """Seen: the line of a previewed closing for 240 hours did not say that so many are allowed, so it was refused."""
    values = {"expires": "240", "longest": "720", "reason": "r", "ticket": "CHG1", "who": "J", "probes": "few"}
    form = replace(FORM, playbook="lockdown", values=values, is_preview=True)
    (line,) = lines(NextAction(LOCKDOWN), form)
    assert "-e longest=720" in line
    assert "probes" not in line
    assert "<" not in line


@pytest.mark.parametrize(
    ("playbook", "action", "told"),
    [
        ("hunt", advice("look again", check=AGAIN), "hunt.yml --limit gw-a,gw-b -e rotation=r"),
        ("read_logs", advice("look", Command("hunt")), "hunt.yml --limit gw-a,gw-b"),
        ("ledger", advice("mend it", check=AGAIN), "ledger.yml --limit gw-a,gw-b -e rotation=r"),
    ],
)
def test_a_line_for_some_appliances_does_not_replace_the_files_about_all(
    playbook: str, action: NextAction, told: str
) -> None:
    """Seen: the line of a hunt over 13 appliances left a hunt.json of 9, so a letter took back what the others' said; that of a ledger a ledger of two."""
    values = {"rotation": "r", "tourniquet_report": "reports/night", "ledgers": "reports/ledger"}
    assert lines(action, replace(FORM, playbook=playbook, values=values)) == [START + told]


def test_a_reason_is_of_one_run() -> None:
    """Why somebody let a rule observe is no reason of the apply that blocks by it."""
    values = {"mitigation": "cve_2019_19781", "reason": "look first", "who": "J. Jansen", "ticket": "CHG1"}
    observed = replace(FORM, playbook="apply", values=values)
    (line,) = lines(NextAction("look, then ", BLOCK_AGAIN), observed)
    assert "look first" not in line
    assert "Jansen" not in line
    assert "CHG1" not in line
    assert line.endswith("-e \"reason='<reason>'\" -e \"ticket='<ticket>'\" -e \"who='<who>'\"")
    (of_status,) = lines(NextAction(APPLY), replace(observed, playbook="status"))
    assert "<" not in of_status, "it needs none"


def test_what_may_be_secret_is_asked_for() -> None:
    (line,) = lines(NextAction(APPLY), replace(FORM, hidden=("netscaler_password", "x y'z")))
    assert line.endswith("-e \"netscaler_password='<netscaler_password>'\"")


def test_a_name_of_an_inventory_stays_a_name() -> None:
    (line,) = lines(NextAction(APPLY), FORM, "gw; rm -rf /", "$(id)", "-e x=y")
    words = shlex.split(line)
    assert words[:5] == ["ansible-playbook", "-i", "inventory/mine", "playbooks/apply.yml", "--limit"]
    assert words[5].startswith("~")
    assert not {*words[5]} & {*" ;$,:&"}
    assert len(words) == 8


def test_a_name_that_means_more_than_its_host_gets_no_line() -> None:
    (line,) = lines(NextAction(APPLY), replace(FORM, is_exact=lambda _limit, _hosts: False))
    assert line.startswith("no command line can name these appliances alone")


def test_the_same_command_again_has_all_that_was_given_and_names_what_it_leaves_out() -> None:
    """It has changed nothing, so its decision is the same; a number of appliances would accept others than those that were listed."""
    values = {"mitigation": "cve_2019_19781", "rollout_canary": "2", "reason": "exploited", "accept_unreachable": "1"}
    form = replace(FORM, playbook="apply", values=values, hidden=("netscaler_password",))
    names = ("gw-c", "odd; touch pasted", "1234")
    options = (("accept_unreachable", ("gw-d",)), ("accept_refused", names))
    (line,) = lines(NextAction("Fix them, or continue without them", replace(AGAIN, unsaid=options)), form)
    words = shlex.split(line)
    assert words[:6] == ["ansible-playbook", "-i", "inventory/mine", "playbooks/apply.yml", "--limit", "gw-a,gw-b"]
    assert words[7:20:2] == [
        "mitigation=cve_2019_19781", "rollout_canary=2", "reason=exploited", "accept_unreachable=gw-d",
        json.dumps({"accept_refused": [*names]}), "netscaler_password='<netscaler_password>'",
    ]  # fmt: skip
    again = advice("Give the same command again", AGAIN)
    assert lines(again, replace(FORM, is_preview=True)) == [
        f"{START}status.yml --limit gw-a,gw-b --check -e mitigation=cve_2019_19781"
    ]
    assert lines(again, replace(FORM, is_preview=True, is_job=True, before=""))[0].startswith(
        "job template of status.yml, limit gw-a,gw-b, check, "
    )
    assert lines(again, replace(form, playbook="")) == [], "the form of a playbook of the user is not known"


def test_a_job_takes_a_limit_and_variables() -> None:
    job = replace(FORM, is_job=True, before="")
    assert lines(NextAction(REOPEN), job, "gw-a") == [
        'job template of reopen.yml, limit gw-a, extra variables {"reason": "<reason>", "ticket": "<ticket>", "who": "<who>"}'
    ]
    assert lines(NextAction(VERIFY), replace(job, values={}), "gw-a") == ["job template of verify.yml, limit gw-a"]


def test_a_sliced_run_goes_on_in_slices_where_the_verb_can() -> None:
    sliced = replace(FORM, playbook="sliced", values={})
    assert lines(NextAction(APPLY), sliced, "gw-a") == [f"{START}sliced.yml --limit gw-a -e verb=apply"]
    assert lines(NextAction(Command("hunt")), sliced, "gw-a")[0] == f"{START}hunt.yml --limit gw-a"


def test_without_a_form_there_is_no_line_and_a_word_that_is_no_verb_is_none() -> None:
    of_gw = {"gw": result(NextAction(APPLY))}
    assert next_lines(None, of_gw) == []
    of_gw["gw"]["verdict"]["next_commands"][0]["playbook"] = "../../evil.yml"
    assert next_lines(FORM, of_gw) == []


@pytest.mark.parametrize("verb", NAMES)
def test_each_verb_has_a_line(verb: str) -> None:
    (line,) = lines(NextAction(Command(verb)))
    assert line.startswith(f"{START}{verb}.yml --limit gw-a,gw-b")


@pytest.mark.parametrize(
    ("orders", "told"),
    [
        ({"gw-a": "apply", "gw-b": "audit apply"}, ["audit gw-b", "apply gw-a,gw-b"]),
        ({"gw-a": "apply", "gw-b": "audit apply", "gw-c": "audit"}, ["audit gw-b,gw-c", "apply gw-a,gw-b"]),
        ({"gw-a": "apply plan", "gw-b": "hunt"}, ["apply gw-a", "plan gw-a", "hunt gw-b"]),
        ({"gw-b": "hunt plan apply", "gw-a": "apply plan"}, ["hunt gw-b", "plan gw-b", "apply gw-a,gw-b", "plan gw-a"]),
        ({"gw-a": "apply plan apply"}, ["apply gw-a", "plan gw-a"]),
        ({"gw-a": "hunt status evidence hunt"}, ["evidence gw-a", "hunt gw-a", "status gw-a"]),
        ({"gw-a": "hunt", "gw-b": "hunt evidence"}, ["evidence gw-b", "hunt gw-a,gw-b"]),
    ],
)
def test_the_lines_of_each_appliance_come_in_its_order(orders: dict[str, str], told: list[str]) -> None:
    """Drawn night 550110: of two the unsaved work of another run comes first, and the line above it was the apply that is refused for it.

    Of findings of several levels, that to take evidence came last.
    """
    results = {}
    for host, order in orders.items():
        first, *rest = map(Command, order.split())
        results[host] = result(NextAction(first, *(part for one in rest for part in (", then ", one))))
    found = [line.strip().removeprefix(START) for line in next_lines(replace(FORM, values={}), results)]
    assert [line.replace(".yml --limit", "") for line in found] == told


@pytest.mark.parametrize("number", [13, 200])
def test_each_appliance_is_in_exactly_its_lines_in_its_order(number: int) -> None:
    """Whatever the others have: names of any form, and the same commands in another order."""
    drawn = random.Random(number)
    pool = [*(f"gw-{one:03}" for one in range(200)), *(f"GW {one}; x, (é)" for one in range(50))]
    verbs = ("evidence", "hunt", "apply", "retire", "end_sessions")
    own = {
        host: [command_values(NextAction(Command(verb)))[0] for verb in drawn.sample(verbs, drawn.randint(0, 4))]
        for host in drawn.sample(pool, number)
    }
    told: dict[str, list[str]] = {host: [] for host in own}
    for line in lines_of(FORM, own):
        words = shlex.split(line)
        limit = words[words.index("--limit") + 1]
        named = limit.split(",") if limit[0] != "~" else [one for one in pool if re.match(limit[1:], one)]
        assert named
        for host in named:
            told[host].append(words[3].rpartition("/")[2])
    for host, commands in own.items():
        wanted = [one["playbook"] for one in commands]
        assert told[host] == sorted(wanted, key=lambda playbook: playbook != "evidence.yml")


@pytest.mark.parametrize("number", [13, 200])
def test_the_page_stays_short(number: int) -> None:
    """One line for each command of a paragraph, however many appliances it has."""
    hosts = [f"gw-{n:03}" for n in range(1, number + 1)]
    action = NextAction(APPLY, ", then upgrade to 14.1 73.46")
    results = {host: result(action, entries=[], measure="catalogue") for host in hosts}
    whole = [text for text, _code in catalogue_page(results, verbose=False, form=FORM)]
    commands = [text for text in whole if "ansible-playbook" in text]
    assert len(commands) == 2
    assert "    next: apply.yml, then upgrade to 14.1 73.46; the last line checks it" in whole
    assert all(len(text) < 200 for text in commands)
    assert len(whole) - len(catalogue_page(results, verbose=False)) == 2
    alone = {host: {name: value for name, value in one.items() if name != "entries"} for host, one in results.items()}
    page = [line.text for line in end_page(PageRun(alone, {}, form=FORM))]
    assert sum("ansible-playbook" in text for text in page) == 2


def test_a_late_heartbeat_has_its_lines() -> None:
    late = {"late": True, "at": "2020-01-15", "text": "its last heartbeat is two days old"}
    run = PageRun({host: result(NextAction("none"), heartbeat=late) for host in ("gw-a", "gw-b")}, {}, form=FORM)
    told = [line.text.strip() for line in end_page(run) if "ansible-playbook" in line.text]
    assert told == [
        f"{START}apply.yml --limit gw-a,gw-b -e mitigation=heartbeat",
        f"{START}rollback.yml --limit gw-a,gw-b -e mitigation=heartbeat -e why=undo",
    ]


def test_an_undo_of_what_protects_asks_who_decides() -> None:
    (line,) = lines(NextAction(Command("rollback", unsaid=(("why", "undo"),), asks=WHO_DECIDES)))
    assert line.endswith("-e why=undo -e mitigation=cve_2019_19781 -e \"reason='<reason>'\" -e \"who='<who>'\"")


def test_each_variable_that_goes_on_is_one_of_a_playbook() -> None:
    """``catalogue`` was none, so that the next line was about another catalogue than the run."""
    assert frozenset().union(*map(variables_of, NAMES)) >= CARRIED
    (line,) = lines(NextAction(APPLY), replace(FORM, values={"catalogue_directory": "/mine"}))
    assert line.endswith(" -e catalogue_directory=/mine")


def test_a_form_is_that_of_a_command_line_which_changes_something_where_nothing_else_is_said() -> None:
    form = RunForm(("ansible-playbook",), "apply", "", ".yml", {}, (), lambda _limit, _hosts: True)
    assert (form.is_job, form.is_preview) == (False, False)


def test_the_step_of_a_run_goes_on_to_what_has_steps_and_not_to_a_lockdown_which_is_one() -> None:
    form = replace(FORM, playbook="close", values={"step": "notice"})
    (reopen,) = lines(NextAction(REOPEN), form)
    assert "-e step=notice" in reopen
    assert not any("step=" in line for line in lines(NextAction(LOCKDOWN), form))


def test_a_preview_gives_its_decision_only_to_what_it_has_previewed() -> None:
    given = {"who": "J. Jansen", "ticket": "CHG1"}
    for playbook in ("verify", "alarm"):
        (line,) = lines(NextAction(APPLY), replace(FORM, playbook=playbook, is_preview=True, values=given))
        assert "CHG1" not in line
    (line,) = lines(NextAction(APPLY), replace(FORM, playbook="apply", is_preview=True, values=given))
    assert "CHG1" in line


def test_a_value_that_would_be_evaluated_is_in_no_line() -> None:
    hostile = Command("apply", unsaid=(("vips", ("gw", "{{ lookup('pipe', 'id') }}")),))
    (line,) = lines(NextAction(hostile))
    assert (
        line == "no command line can hold a name that Ansible would evaluate as a template: name by hand what is meant"
    )


def test_how_it_is_checked_is_said_where_lines_are_made_and_one_checks() -> None:
    checked = result(NextAction("upgrade", check=STATUS_OF_ALL))
    assert how_checked(FORM, checked) == "; the last line checks it"
    assert how_checked(None, checked) == how_checked(FORM, result(NextAction(APPLY))) == how_checked(FORM, {}) == ""
