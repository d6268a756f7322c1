# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a run was started: as it was typed, without a value that may be secret."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.run_form import run_form
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.next_lines import RunForm

INVENTORY = SimpleNamespace(
    get_hosts=lambda limit, ignore_limits, ignore_restrictions: [
        SimpleNamespace(get_name=partial(str, name)) for name in limit.split(",")
    ],
    hosts=("gw", "web", "gw-b"),
    groups=("all", "web"),
)


def form(words: list[str], playbook: str = "playbooks/status.yml", **arguments: Any) -> RunForm | None:
    return run_form({"args": (playbook,), **arguments}, ["ansible-playbook", *words], INVENTORY)


def known(words: list[str], playbook: str = "playbooks/status.yml", **arguments: Any) -> RunForm:
    found = form(words, playbook, **arguments)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["-i", "a b", "-ic", "--inventory=d", "--inventory", "e"], ["-i", "a b", "-i", "c", "-i", "d", "-i", "e"]),
        (["playbooks/status.yml"], []),
        (["-e", "-i", "-l", "-i"], []),
    ],
)
def test_the_inventory_is_named_as_it_was(words: list[str], told: list[str]) -> None:
    assert list(known(words).words[1:]) == told


def test_vaults_and_files_of_variables_go_on_by_name() -> None:
    arguments = {
        "vault_ids": ("prod@/srv/vault",),
        "vault_password_files": (str(Path.cwd() / "v" / "file"),),
        "ask_vault_pass": True,
        "extra_vars": ("@vars.yml", "@/dev/fd/63", "mitigation=x"),
    }
    assert known([], **arguments).words[1:] == (
        *("--vault-id", "prod@/srv/vault", "--vault-password-file", "v/file", "--ask-vault-pass", "-e", "@vars.yml"),
    )


def test_only_what_may_be_shown_is_a_value() -> None:
    extra = (
        "mitigation=cve_2019_19781 netscaler_password=hunter2",
        '{"tourniquet_notify": {"url": "https://hook/secret"}, "partitions": ["p"], "site_code": "secret too"}',
        "tourniquet_records=/srv",
        "not a variable",
    )
    found = known([], extra_vars=extra)
    assert found.values == {"mitigation": "cve_2019_19781", "partitions": ["p"], "tourniquet_records": "/srv"}
    assert found.hidden == ("netscaler_password", "tourniquet_notify", "site_code")


@pytest.mark.parametrize(
    ("playbook", "told"),
    [
        ("playbooks/status.yml", ("status", "playbooks/", ".yml")),
        ("status.yml", ("status", "", ".yml")),
        ("tourniquet.netscaler.verify", ("verify", "tourniquet.netscaler.", "")),
        ("mine/site.yml", ("", "tourniquet.netscaler.", "")),
    ],
)
def test_the_next_playbook_is_named_like_the_one_of_the_run(playbook: str, told: tuple[str, ...]) -> None:
    found = known([], playbook)
    assert (found.playbook, found.before, found.after) == told


def test_a_job_of_a_runner_is_known_by_its_variables() -> None:
    job = known([], extra_vars=('{"awx_job_id": 7, "mitigation": "x"}',))
    assert (job.is_job, job.values, job.hidden) == (True, {"mitigation": "x"}, ())
    assert not known([]).is_job


def test_a_run_in_check_mode_is_a_preview() -> None:
    assert known([], check=True).is_preview
    assert not known([], check=False).is_preview


def test_exported_files_and_other_programs_have_no_form() -> None:
    assert form([], extra_vars=("source=exports",)) is None
    assert run_form({"args": ()}, [], INVENTORY) is None


def test_a_limit_is_compared_with_the_hosts_that_ansible_finds() -> None:
    assert known([]).is_exact("gw", ["gw"])
    assert not known([]).is_exact("gw", ["gw", "gw-b"])
    assert known([]).is_exact("gw,gw-b", ["gw-b", "gw"])
    assert not known([]).is_exact("web", ["web"]), "it is a group too"
    assert not known([]).is_exact("gone", ["gone"])
