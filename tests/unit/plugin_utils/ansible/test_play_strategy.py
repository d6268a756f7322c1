# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A strategy that does not wait for the other appliances of a wave is refused, wherever it is set."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest
from ansible import constants, context
from ansible.errors import AnsibleActionFail, AnsibleLookupError
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play import Play
from ansible.template import Templar, trust_as_template
from ansible.utils.context_objects import CLIArgs
from ansible_collections.tourniquet.netscaler.plugins.action import bake, doctor, status
from ansible_collections.tourniquet.netscaler.plugins.lookup.appliances import LookupModule
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible import refused_run
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.play_strategy import (
    require_linear,
    strategy_of,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

from tests.accepted import accepted

SENTENCE = (
    r"strategy {} is refused: only with linear does a wave end before the next begins\. Remove strategy from the play, from ansible\.cfg and from "
    r"ANSIBLE_STRATEGY\. Nothing was sent\.$"
)


@pytest.mark.parametrize("strategy", ["free", "ansible.builtin.free", "host_pinned", "debug", "mitogen_linear", ""])
def test_every_other_strategy_is_refused_with_one_sentence(strategy: str) -> None:
    with pytest.raises(InvalidInput, match="^" + SENTENCE.format(strategy)):
        require_linear(strategy)


@pytest.mark.parametrize("strategy", ["linear", "ansible.builtin.linear"])
def test_linear_is_accepted_under_each_of_its_names(strategy: str) -> None:
    with accepted():
        require_linear(strategy)


@pytest.mark.parametrize("written", ["free", "{{ name_of_strategy }}"])
def test_the_strategy_of_a_real_play_is_found_from_its_task(written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "CLIARGS", CLIArgs({}))
    loader = DataLoader()
    content = {
        "hosts": "all",
        "gather_facts": False,
        "strategy": trust_as_template(written),
        "tasks": [{"block": [{"ansible.builtin.meta": "noop"}]}],
    }
    (block,) = Play.load(content, loader=loader).tasks
    (task,) = block.block
    templar = Templar(loader=loader, variables={"name_of_strategy": "free"})
    assert strategy_of(task, templar) == "free"


@pytest.mark.parametrize("module", [status, doctor, bake], ids=lambda module: module.__name__.rpartition(".")[2])
def test_a_task_in_a_play_of_ones_own_sends_nothing(module: Any) -> None:
    task = SimpleNamespace(
        args={"variables_of": "verify"},
        check_mode=False,
        async_val=0,
        action="tourniquet.netscaler.status",
        get_play=lambda: SimpleNamespace(strategy="free"),
    )
    made = module.ActionModule(task, SimpleNamespace(_shell=SimpleNamespace(tmpdir=None)), None, None, None, None)
    with pytest.raises(AnsibleActionFail, match=SENTENCE.format("free")):
        made.run(None, {"inventory_hostname": "gw-a"})


def test_the_playbooks_stop_before_their_first_task(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(constants, "DEFAULT_STRATEGY", "free")
    monkeypatch.setattr(context, "CLIARGS", CLIArgs({"inventory": ("hosts.yml",)}))
    monkeypatch.setattr(LookupModule, "get_option", lambda _self, name: name == "require_libraries")
    with pytest.raises(SystemExit) as ended:
        LookupModule().run(["netscalers"], {"groups": {}})
    assert ended.value.code == 4
    text = " ".join(capsys.readouterr().err.split())
    assert re.search("^REFUSED " + SENTENCE.format("free"), text), text
    assert "lookup plugin" not in text, "our words, and not those of Ansible"


def test_in_another_process_it_is_an_error_of_the_lookup(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process reads how that one ends."""
    monkeypatch.setattr(constants, "DEFAULT_STRATEGY", "free")
    monkeypatch.setattr(context, "CLIARGS", CLIArgs({"inventory": ("hosts.yml",)}))
    monkeypatch.setattr(LookupModule, "get_option", lambda _self, name: name == "require_libraries")
    monkeypatch.setattr(refused_run.multiprocessing, "parent_process", lambda: 1)
    with pytest.raises(AnsibleLookupError, match="^" + SENTENCE.format("free")):
        LookupModule().run(["netscalers"], {"groups": {}})
