# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Wrong input is reported before anything is sent; and the usual options of Ansible work as always."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.answer_marker import marked_for

from tests.stage.fleet import PASSWORD, box, pair
from tests.stage.played import ATTACK, NAME, Laboratory, Run

GATEWAY = {"name": "gw", "address": "192.0.2.1", "kind": "vpn"}
# By host: what is wrong, which variable is named, and a word of the fix.
WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "nodes-text": ({"netscaler_nodes": "10.1.0.11"}, "netscaler_nodes must be a list, not text", "Write it as"),
    "nodes-none": ({"netscaler_nodes": None}, "netscaler_nodes is missing", '["10.1.0.11"]'),
    "nodes-empty": ({"netscaler_nodes": []}, "netscaler_nodes must hold one or two addresses", "Write it as"),
    "nodes-three": ({"netscaler_nodes": ["10.1.0.1", "10.1.0.2", "10.1.0.3"]}, "netscaler_nodes must hold one or two", "Write it as"),
    "nodes-twice": ({"netscaler_nodes": ["10.1.0.1", "10.1.0.1"]}, "netscaler_nodes names the same address twice", "both nodes"),
    "nodes-port": ({"netscaler_nodes": ["10.1.0.1:99999"]}, "netscaler_nodes holds '10.1.0.1:99999'", "8443"),
    "nodes-bad": ({"netscaler_nodes": ["10.1.0.300"]}, "netscaler_nodes holds '10.1.0.300'", "Write an address"),
    "nodes-url": ({"netscaler_nodes": ["https://10.1.0.1/"]}, "netscaler_nodes holds 'https://10.1.0.1/'", "Write an address"),
    "user-number": ({"netscaler_user": 4711}, "netscaler_user must be text, not a number", "quotes"),
    "password-none": ({"netscaler_password": None}, "netscaler_password is missing", "in a vault"),
    "password-number": ({"netscaler_password": 12345678}, "netscaler_password must be text", "quotes"),
    "vips-mapping": ({"netscaler_vips": {"name": "gw"}}, "netscaler_vips must be a list, not a mapping", "kind: vpn"),
    "vips-key": ({"netscaler_vips": [GATEWAY | {"adress": "192.0.2.1"}]}, "netscaler_vips has an unknown key 'adress'", "address:"),
    "vips-kind": ({"netscaler_vips": [GATEWAY | {"kind": "gateway"}]}, "netscaler_vips says kind: 'gateway' for gw", "vpn, authentication"),
    "vips-port": ({"netscaler_vips": [GATEWAY | {"port": "443"}]}, "netscaler_vips says port: '443' for gw", "number"),
    "verify-text": ({"netscaler_validate_certs": "nope"}, "netscaler_validate_certs must be true or false, not text", "without quotes"),
    "tls-number": ({"netscaler_minimum_tls": 1.2}, "netscaler_minimum_tls must be one of", '"1.2"'),
    "misspelt": ({"netscaler_certificate_pins": "abcd"}, "netscaler_certificate_pins: there is no such variable", "netscaler_certificate_pin?"),
    "pin-short": ({"netscaler_certificate_pin": "abcd"}, "netscaler_certificate_pin is not a SHA-256", "openssl x509"),
    "ca-missing": ({"netscaler_ca_file": "/nowhere/ca.pem"}, "netscaler_ca_file /nowhere/ca.pem cannot be read", "PEM"),
    "from-name": ({"netscaler_probe_from": "eth0"}, "netscaler_probe_from is 'eth0', not an IP address", "control node"),
    "allow-text": ({"netscaler_always_allow": ["192.0.2.0/33"]}, "netscaler_always_allow holds '192.0.2.0/33'", "192.0.2.0/24"),
    "marker-crlf": ({"netscaler_marker": "a\r\nSet-Cookie: x"}, "netscaler_marker may hold up to 64 letters", "switch it off"),
    "timeout-text": ({"netscaler_read_timeout": "30"}, "netscaler_read_timeout must be a number of seconds", "30"),
    "ticket-bad": ({"ticket": 'CHG1" -x'}, "the ticket 'CHG1\" -x' may hold", "letters"),
    "date-bad": ({"as_of": "15-01-2020"}, "as_of is '15-01-2020'", "2020-01-15"),
    "version-9": ({"mitigation_version": 9}, "has no version 9", "choose mitigation_version from 1, 2"),
    "unsaved-bad": ({"unsaved": "maybe"}, "unsaved must be one of", "save_first"),
    "adopt-bad": ({"measure_adopt": "perhaps"}, "adopt", "true"),
    "version-text": ({"mitigation_version": "two"}, "mitigation_version must be a whole number, and is text", "Nothing was sent"),
    "log-bad": ({"measure_log": "maybe"}, "measure_log is 'maybe'", "write true or false"),
    "priority-text": ({"measure_priority": "high"}, "measure_priority is 'high'", "write a whole number"),
    "measures-text": ({"catalogue_measures": "x"}, "catalogue_measures must be a mapping", "id"),
    "template-gone": ({"catalogue_template": "/nowhere/v1.yml.j2"}, "catalogue_template: there is no file /nowhere/v1.yml.j2", "file"),
    "profile-bad": ({"rollout_profile": "emergencie"}, "rollout_profile is 'emergencie'", "choose from normal, emergency"),
    "waves-bad": ({"rollout_waves": "half"}, "rollout_waves has 'half'", "percentages"),
    "undefined": ({"netscaler_password": "{{ vault_missing }}"}, "the variable netscaler_password has no value", "undefined"),
    "acknowledged": (
        {"tourniquet_acknowledgements": [{"verdict": "exposed", "why": "w", "who": "J. Jansen", "until": "2026-12-31"}]},
        "names the verdict 'exposed'; only a warning can be acknowledged", "reduces exposure",
    ),
    "priority-0": ({"measure_priority": 0}, "priority must be from 1", "desired state, line"),
}  # fmt: skip


@dataclass(frozen=True)
class Story:
    laboratory: Laboratory
    before: dict[str, tuple[str, ...]]
    runs: dict[str, Run]


@pytest.fixture(scope="module")
def story(open_laboratory: Callable[..., Laboratory]) -> Story:
    laboratory = open_laboratory({"good": box(), "other": box(), "third": pair(), "fourth": box(), "target": box()})
    target = laboratory.hosts.pop("target")
    for host, (variables, _problem, _fix) in WRONG.items():
        laboratory.hosts[host] = {**target, **variables}
    before = laboratory.texts()
    # as_of is given per host here; -e would override it.
    runs = {verb: laboratory.play(verb, limit=WRONG, as_of=None) for verb in ("apply", "plan")}
    return Story(laboratory, before, runs)


@pytest.mark.parametrize("host", WRONG)
def test_wrong_value_names_host_variable_and_fix(story: Story, host: str) -> None:
    _variables, problem, fix = WRONG[host]
    for run in story.runs.values():
        assert run.problem(host).startswith("refused: "), run.message(host)
        message = run.message(host)
        assert host in message
        assert problem in run.output, "the preflight has its line"
        assert problem in message
        assert fix in message


def test_nothing_is_sent_before_the_input_is_right(story: Story) -> None:
    for run in story.runs.values():
        assert run.requests == []
        assert run.rc != 0
    assert story.laboratory.texts() == story.before
    assert not story.laboratory.records.exists()


def test_wrong_password_value_is_not_repeated(story: Story) -> None:
    assert "12345678" not in story.runs["apply"].output


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ({"mitigation": "cve_2019_19782"}, ("cve_2019_19782",)),
        ({"mitigation": None}, ("mitigation",)),
        ({"records": ""}, ("records is empty",)),
        ({"records": "/dev/null/records"}, ("/dev/null/records", "nothing was sent")),
    ],
    ids=["unknown mitigation", "no mitigation", "no records", "records that cannot be written"],
)
def test_wrong_extra_variable_stops_the_run_without_a_write(
    story: Story, extra: dict[str, Any], words: tuple[str, ...]
) -> None:
    run = story.laboratory.play("apply", limit="good", **extra)
    assert run.rc != 0
    assert run.writes() == []
    flat = " ".join(run.output.split())
    for word in words:
        assert word in flat
    assert story.laboratory.texts() == story.before


def test_a_reason_that_only_the_shell_saw_in_quotes_is_no_reason_of_one_word(story: Story) -> None:
    run = story.laboratory.play("apply", limit="good", options=("-e", "reason=the NCSC advises it"))
    assert "words that belong to no variable: 'NCSC advises it'" in run.message("good")
    assert run.requests == []
    run = story.laboratory.play("apply", limit="good", check=True, options=("-e", "reason='the NCSC advises it'"))
    assert run.problem("good") == ""


@pytest.mark.parametrize(
    ("playbook", "said", "meant"),
    [("apply", "mitigation_verison", "mitigation_version"), ("lockdown", "vip", "vips")],
)
def test_a_misspelt_extra_variable_stops_the_run_before_anything_is_sent(
    story: Story, playbook: str, said: str, meant: str
) -> None:
    decision = (
        {"reason": "a test", "ticket": "CHG1", "who": "J. Jansen", "expires": 1} if playbook == "lockdown" else {}
    )
    run = story.laboratory.play(playbook, limit="good", **{said: 1}, **decision)
    assert f"good: -e {said}: there is no such variable here; did you mean {meant}?" in run.message("good")
    assert run.rc != 0
    assert run.requests == []


@pytest.mark.parametrize(
    ("given", "fix"),
    [
        ({"inventory_hostname": "good"}, "to choose appliances, write --limit NAME or -e target=NAME"),
        ({"ansible_facts": {}}, "leave it out"),
        ({"ansible_check_mode": True}, "to change nothing, write --check"),
    ],
)
def test_a_variable_of_ansible_itself_ends_the_run_and_not_with_0(
    story: Story, given: dict[str, Any], fix: str
) -> None:
    """Each of them was taken: the run wrote to others than were meant or to none, and ended with 0."""
    run = story.laboratory.play("apply", limit="good", **given)
    assert run.rc == 4
    assert f"REFUSED -e {next(iter(given))}: Ansible sets this variable itself; {fix}." in " ".join(run.output.split())
    assert run.requests == []


def test_a_result_given_by_hand_ends_the_run_and_not_with_0(story: Story) -> None:
    """It was taken in place of the page of doctor: the page said exit code 4, and the run ended with 0."""
    run = story.laboratory.play("doctor", limit="good", doctor_findings={"must_fail": False})
    assert run.rc == 4
    said = "REFUSED -e doctor_findings: a run keeps its own result in this variable; leave it out. Nothing was sent."
    assert said in " ".join(run.output.split())
    assert run.requests == []


def test_limit_touches_nobody_else(story: Story) -> None:
    laboratory = story.laboratory
    run = laboratory.play("apply", limit="good")
    assert set(run.results) == {"good"}
    assert {r["appliance"] for r in run.requests} == {"good"}
    assert laboratory.ask("good", ATTACK).blocked_by()
    assert laboratory.ask("other", ATTACK).passes


def test_check_mode_shows_and_does_not_touch(story: Story) -> None:
    before = story.laboratory.texts(["other"])
    run = story.laboratory.play("apply", limit="other", check=True)
    assert run["other"]["changed"] is True
    assert run.writes() == []
    assert story.laboratory.texts(["other"]) == before


def test_vaulted_password_works(story: Story, tmp_path: Path) -> None:
    laboratory = story.laboratory
    secret = tmp_path / "vault-password"
    secret.write_text("vault-secret-5", encoding="utf-8")
    cipher = VaultLib([("default", VaultSecret(b"vault-secret-5"))]).encrypt(PASSWORD).decode()
    variables = tmp_path / "vault.yml"
    variables.write_text(
        "netscaler_password: !vault |\n" + "".join(f"  {line}\n" for line in cipher.splitlines()), encoding="utf-8"
    )
    inventory = dict(laboratory.common)
    laboratory.common["netscaler_password"] = "not-this-one"
    try:
        options = ("-e", f"@{variables}", "--vault-password-file", str(secret), "-vvv")
        run = laboratory.play("status", limit="other", options=options)
        without = laboratory.play("status", limit="other")
    finally:
        laboratory.common.update(inventory)
    assert run.problem("other") == ""
    assert run.verdict("other") == "exposed"
    assert PASSWORD not in run.output
    assert "errorcode 354" in without.message("other"), "it was the vault that let us in"


RESCUE = """
- name: A rescue of an operator's own
  hosts: netscalers
  connection: local
  gather_facts: false
  tasks:
    - name: Apply, or say what went wrong
      block:
        - name: Apply
          ansible.builtin.import_role:
            name: tourniquet.netscaler.measure
      rescue:
        - name: Say which task
          ansible.builtin.debug:
            var: ansible_failed_task
        - name: Say why
          ansible.builtin.debug:
            var: ansible_failed_result
"""


def test_a_rescue_that_shows_all_shows_no_password(story: Story, tmp_path: Path) -> None:
    laboratory = story.laboratory
    playbook = tmp_path / "rescue.yml"
    playbook.write_text(RESCUE, encoding="utf-8")
    laboratory.simulator.appliance("third").fault("nitro_error", method="GET", type="responderpolicy")
    run = laboratory.play(playbook, limit="third", options=("-vvv",))
    assert "variables_of: measure" in run.output, "the task as it was written"
    assert PASSWORD not in run.output


PLAYBOOK = """
- name: Waves of an operator's own
  hosts: netscalers
  connection: local
  gather_facts: false
  serial: 1
  order: inventory
  any_errors_fatal: true
  tasks:
    - name: Apply
      ansible.builtin.import_role:
        name: tourniquet.netscaler.measure
"""


def test_serial_stops_at_the_first_wave_that_fails(story: Story, tmp_path: Path) -> None:
    laboratory = story.laboratory
    playbook = tmp_path / "waves.yml"
    playbook.write_text(PLAYBOOK, encoding="utf-8")
    laboratory.simulator.appliance("third").fault("nitro_error", method="POST", type="responderaction")
    waves = ("other", "third", "fourth")
    run = laboratory.play(playbook, limit=waves)
    assert run.rc != 0
    assert run.verdict("other") == "mitigated"
    assert run.problem("third").startswith("failed: ")
    assert "fourth" not in run.results, "one wave's failure stops the rest"
    assert laboratory.ask("other", ATTACK).blocked_by()
    for host in ("third", "fourth"):
        assert laboratory.ask(host, ATTACK).passes
        assert laboratory.texts([host])[host] == story.before[host]
    again = laboratory.play(playbook, limit=waves)
    assert again.rc == 0
    assert again.writes("other") == []
    for host in waves:
        assert laboratory.ask(host, ATTACK).blocked_by(laboratory.marker(host))


def test_marker_can_be_chosen_and_switched_off(story: Story) -> None:
    laboratory = story.laboratory
    laboratory.play("apply", limit="good,other")
    laboratory.hosts["good"]["netscaler_marker"] = "desk-7"
    laboratory.hosts["other"]["netscaler_marker"] = ""
    run = laboratory.play("apply", limit="good,other")
    assert run.writes("good") == ["PUT responderaction", "POST nsconfig?action=save"]
    assert laboratory.ask("good", ATTACK).blocked_by(marked_for("desk-7", "cve_2019_19781"))
    assert laboratory.ask("other", ATTACK).blocked_by()
    assert "x-request-reference" not in laboratory.ask("other", ATTACK).headers
    assert run.verdict("other") == run.verdict("good") == "mitigated"
    assert NAME in laboratory.text("other", saved=True)
