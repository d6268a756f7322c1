# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an action refuses before its work begins, and how an error of its work is told."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible import (
    base,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.base import RoleTask, require_scope_is_used
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.chosen_appliances import (
    require_limit_matches,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.control_node_action import ControlNodeAction
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.inventory_export import (
    PROGRAM,
    exported_inventory,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.role_arguments import (
    RoleArguments,
    yes_or_no,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.rollout_action import RolloutAction
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.rollout_decision import all_at_once_by
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    InvalidInput,
    TourniquetError,
)

CATALOGUE = Path(__file__).parents[4] / "templates" / "mitigations"


def broken(_value: Any) -> Any:
    raise AnsibleError("'site' is undefined")


def rendered() -> Any:
    return RoleArguments("gw-a", "apply", {}, SimpleNamespace(template=broken), {}).render("reason", "{{ site }}")


def with_template() -> Any:
    of_play = RoleArguments("gw-a", "catalogue", {"catalogue_template": "/nowhere/x.j2"}, None, {})
    return of_play._document({"catalogue": str(CATALOGUE), "mitigation": "cve_2019_19781", "version": 2})


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (
            lambda: require_scope_is_used([base.SCOPE[0]], ["records"]),
            rf"^-e {base.SCOPE[0]} has no effect here, so more would",
        ),
        (
            lambda: require_limit_matches(DataLoader(), {"all": ["gw-a"]}, ["hosts.yml"], "@/nowhere/at/all"),
            r"^--limit @/nowhere/at/all cannot be read \(.*\)\. Nothing was sent\.$",
        ),
        (
            lambda: exported_inventory([], {}),
            r"^the inventory has no file, and slices need one: name it with -i\. Nothing",
        ),
        (lambda: yes_or_no("drill", "perhaps"), "^drill is 'perhaps': write true or false$"),
        (with_template, r"^\S+: there is no file /nowhere/x\.j2$"),
        (rendered, "^gw-a: the variable reason has no value: .*'site' is undefined"),
        (
            lambda: all_at_once_by({"all_at_once": True, "who": " "}),
            "^all_at_once leaves out the canary, which shows that",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_it_is_refused(call: Callable[[], object], told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        call()


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (OSError(2, "No such file"), rf"cannot be exported by {PROGRAM} \(FileNotFoundError\)\. Nothing was sent\.$"),
        (subprocess.CompletedProcess([], 0, b"[", b""), rf"by {PROGRAM} \(JSONDecodeError\)\. Nothing was sent\.$"),
        (
            subprocess.CompletedProcess([], 1, b"{}", b"no vault password\nx"),
            rf"by {PROGRAM}: no vault password\. Nothing",
        ),
        (subprocess.CompletedProcess([], 0, b"[]", b""), rf"by {PROGRAM}: \. Nothing was sent\.$"),
    ],
)
def test_an_inventory_that_cannot_be_exported(answer: Any, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*_command: Any, **_options: Any) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(InvalidInput, match=told):
        exported_inventory([Path("hosts.yml")], {})


def failing(kind: type[Any], error: Exception, monkeypatch: pytest.MonkeyPatch, **more: Any) -> Any:
    """Return an action whose work ends with an error."""

    def fail(*_given: Any) -> Any:
        raise error

    monkeypatch.setattr(RoleTask, "run", lambda *_given: {})
    monkeypatch.setattr(RoleTask, "hide_origin", lambda _self: None)
    monkeypatch.setattr(RoleTask, "role_arguments", fail)
    made = object.__new__(type("Action", (kind,), {"perform": fail, **more}))
    made._task = SimpleNamespace(args={})
    return made


FULL = OSError(28, "No space left on device", "/srv/letters/1.json")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (TourniquetError("the key is gone"), "^localhost: the key is gone$"),
        (FULL, r"^localhost: /srv/letters/1\.json cannot be written or read \(No space left on device\)\. Make room"),
    ],
)
def test_an_error_on_the_control_node_names_the_host(
    error: Exception, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = SimpleNamespace(names_host=True, after_file_problem="")
    with pytest.raises(AnsibleActionFail, match=told):
        failing(ControlNodeAction, error, monkeypatch, TASK_HERE=here).run(None, {})


def test_an_error_of_the_system_that_no_file_explains_stays_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    here = SimpleNamespace(names_host=True, after_file_problem=None)
    with pytest.raises(OSError, match="No space left on device"):
        failing(ControlNodeAction, FULL, monkeypatch, TASK_HERE=here).run(None, {})
    with pytest.raises(OSError, match="Too many open files"):
        failing(RolloutAction, OSError(24, "Too many open files"), monkeypatch).run(None, {})


def test_a_full_disk_under_a_rollout_is_told_with_host_and_file(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(
        AnsibleActionFail, match=r"^localhost: /srv/letters/1\.json cannot be written or read \(No space"
    ):
        failing(RolloutAction, FULL, monkeypatch).run(None, {})
