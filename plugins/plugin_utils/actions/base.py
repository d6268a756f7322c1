# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the action plugins share. The one file beside them that knows Ansible; the rest of this package does not.

The work is done over one kept-alive connection by a worker that stays, or in the worker process itself: a module process per
object would cost a hundred times more (docs/decisions/0002, 0021).
"""

from __future__ import annotations

import gc
import json
import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from ansible import context
from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure, AnsibleError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.template import trust_as_template
from ansible.utils.vars import load_extra_vars
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.actions import worker_pool
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.actions.role_variables import (
    ROLE_DEFAULTS,
    appliance_values,
    in_variables,
    is_plain,
    option_values,
    require_no_lost_words,
    rollout_directory,
    settings_of,
    source_of,
    whole_number,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.actions.task import Work, rollout_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.actions.typo_check import (
    names_of_roles,
    require_no_near_misses,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.desired_state_template import (
    plain_template,
    template_of,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import (
    CannotConnect,
    InvalidInput,
    TourniquetError,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.foreign_text import printable
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.ownership import PREFIX
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.appliance import Appliance
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.rollout.journal import (
    DONE,
    FAILED,
    HELD,
    NOT_PLANNED,
    PLANNED,
    STARTED,
    UNREACHABLE_IN_PLAN,
    Rollout,
)

NAMES_OF_ROLES = names_of_roles()
# A worker that happened to look for garbage in all that it inherits took 50 ms for it and a copy of each page; it lives too short.
os.register_at_fork(after_in_child=gc.freeze)

Options = dict[str, dict[str, Any]]

COMMON_OPTIONS: Options = {
    "variables_of": {"type": "str"},
    "appliance": {"type": "raw", "required": True},
    "records": {"type": "path", "required": True},
    "ticket": {"type": "str", "default": ""},
    "reason": {"type": "str", "default": ""},
}
# For the actions that change something: the directory of plans in which this run keeps its own, and a plan to be held to.
ROLLOUT_OPTIONS: Options = {
    "plans": {"type": "str", "default": ""},
    "plan": {"type": "str", "default": ""},
}
MEASURE_OPTIONS: Options = {
    "mitigation": {"type": "str", "required": True},
    "catalogue": {"type": "path", "required": True},
    "settings": {"type": "raw"},
}
LOCK_OPTIONS: Options = {
    "lock": {"type": "bool", "default": True},
    "break_lock": {"type": "str", "default": ""},
}
DOCUMENT_OPTIONS: Options = {
    "document": {"type": "str", "required": True},
    "version": {"type": "int", "required": True},
    "as_of": {"type": "str", "default": ""},
}


def yes_or_no(name: str, value: Any) -> bool:
    """:raises InvalidInput: where a variable is neither"""
    try:
        return bool(boolean(value))
    except TypeError as error:
        raise InvalidInput(f"{name} is {str(value)!r}: write true or false") from error


class TourniquetAction(ActionBase):  # type: ignore[misc,unused-ignore]
    """The door: options are checked, tagged values become plain ones, and our errors become Ansible's."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    OPTIONS: ClassVar[Options] = {}
    WORK: ClassVar[type[Work]]
    # Whether it changes the appliance. Who only looks may look at one that has gone, although others have failed meanwhile.
    CHANGES: ClassVar[bool] = True

    def work(self, appliance: Appliance, options: Mapping[str, Any]) -> dict[str, Any]:
        """Do what the action is for.

        :param options: checked and converted, plain values
        :returns: the result, as JSON values
        """
        return worker_pool.do(self.WORK(appliance, options, bool(self._task.check_mode), self.is_preview))

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        written = self._task.args
        try:
            return self._run(result, task_vars)
        finally:
            # Ansible gives the task to callbacks, and to a rescue as ansible_failed_task: as it was written, with no password in it.
            self._task.args = written

    def _run(self, result: dict[str, Any], task_vars: dict[str, Any] | None) -> dict[str, Any]:
        host = str((task_vars or {}).get("inventory_hostname", "localhost"))
        rollout: Rollout | None = None
        try:
            # First, so that whatever is wrong with the other options is written down there.
            plans = self._plans(host, task_vars or {})
            rollout = rollout_of({"plans": plans})
            # Values are tagged since ansible-core 2.19; the core gets plain ones.
            self._task.args = json.loads(json.dumps(self._arguments(host, task_vars or {}, plans), default=str))
            appliance = self._appliance(host)
            if not appliance.validate_certs and not appliance.certificate_pins:
                self._display.warning(
                    f"{host}: netscaler_validate_certs is false, so anybody in between can read the password. "
                    "Name a CA in netscaler_ca_file, or the certificate's SHA-256 in netscaler_certificate_pin."
                )
            options = self._checked(host, task_vars or {})
            if rollout is not None and not self._task.check_mode:
                held = printable(rollout.reason_to_hold(host, only_looks=not self.CHANGES))
                rollout.note(host, HELD if held else STARTED, held)
                if held:
                    return {**result, "skipped": True, "held": held, "msg": f"held: {held}"}
            result.update(self.work(appliance, options))
            result["msg"] = printable(result.get("msg", ""))
        except InvalidInput as error:
            text = printable(str(error))
            text = text if text.startswith(host) else f"{host}: {text}"
            raise AnsibleActionFail(self._with_note(rollout, host, text, NOT_PLANNED)) from None
        except CannotConnect as error:
            # Nothing was written yet: Ansible calls such a host unreachable.
            text = self._with_note(rollout, host, printable(str(error)), UNREACHABLE_IN_PLAN)
            raise AnsibleConnectionFailure(text) from None
        except TourniquetError as error:
            raise AnsibleActionFail(self._with_note(rollout, host, printable(str(error)), NOT_PLANNED)) from None
        except Exception as error:
            # Wrong options, or a bug: the others need not wait until this one turns out to be lost.
            text = str(error) if isinstance(error, AnsibleError) else f"an error in Tourniquet: {type(error).__name__}"
            self._with_note(rollout, host, text, NOT_PLANNED)
            raise
        return self._ended(rollout, host, result)

    def _checked(self, host: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The options as their types say.

        :raises InvalidInput: naming host, option and the variable that it is from
        """
        options: dict[str, Any]
        try:
            _validation, options = self.validate_argument_spec(self.OPTIONS)
        except AnsibleActionFail as error:
            role = str(self._task.args.get("variables_of") or "")
            problem = in_variables(str(error), self.OPTIONS, role, variables) if role else str(error)
            raise InvalidInput(f"{host}: {problem}") from error
        if options.get("records") == "":
            raise InvalidInput(f"{host}: records is empty: name the directory of the change records, -e records=...")
        return options

    def _template(self, host: str, name: str, value: Any) -> Any:
        if is_plain(value):
            return value
        try:
            return self._templar.template(value)
        except AnsibleError as error:
            raise InvalidInput(f"{host}: the variable {name} has no value: {error}") from error

    def _plans(self, host: str, variables: dict[str, Any]) -> str:
        """The directory of the plans, or "" where the task is part of no rollout."""
        given, role = str(self._task.args.get("plans") or ""), self._task.args.get("variables_of")
        if role is None or "plans" not in self.OPTIONS:
            return given
        template = partial(self._template, host)
        told = option_values(["plans"], str(role), variables, template).get("plans")
        return str(told or given or rollout_directory(variables, template))

    def _arguments(self, host: str, variables: dict[str, Any], plans: str) -> dict[str, Any]:
        """What the variables of the role that the task names say, and the task itself where they say nothing.

        :param plans: the directory of the plans, which is known already
        """
        try:
            require_no_lost_words(variables)
            require_no_near_misses(load_extra_vars(self._loader), variables, NAMES_OF_ROLES)
        except InvalidInput as error:
            raise InvalidInput(f"{host}: {error}") from None
        given = dict(self._task.args)
        role = given.get("variables_of")
        if role is None:
            return given
        role = str(role)
        template = partial(self._template, host)
        names = [name for name in self.OPTIONS if name not in ("appliance", "plans", "variables_of")]
        defaults = {name: value for name, value in ROLE_DEFAULTS.items() if name in self.OPTIONS}
        arguments = {**defaults, **given, **option_values(names, role, variables, template)}
        if "settings" in self.OPTIONS:
            told = option_values(("settings", "measures"), role, variables, template)
            arguments["settings"] = settings_of(str(arguments["mitigation"]), told, variables, template)
        if "plans" in self.OPTIONS:
            arguments["plans"] = plans
        if "appliance" not in given:
            arguments["appliance"] = appliance_values(host, variables, template)
        if "document" in self.OPTIONS and not arguments["document"]:
            told = option_values(("template", "priority", "log"), role, variables, template)
            sources = {name: str(source_of(name, role, variables)) for name in told}
            arguments |= self._rendered(arguments, told, sources, variables)
        return arguments

    def _rendered(
        self,
        arguments: dict[str, Any],
        told: dict[str, Any],
        sources: Mapping[str, str],
        variables: dict[str, Any],
    ) -> dict[str, Any]:
        """The template of the version that is asked for, with all that Ansible's templates can do.

        An entry or a version that does not exist gives none; the checks behind this say what exists.

        :param told: template, priority and log, where a variable says something
        :param sources: by these, the name of that variable
        """
        entry = Path(str(arguments["catalogue"])).expanduser() / str(arguments["mitigation"])
        if not arguments["mitigation"] or not entry.is_dir():
            return {}
        version, path = template_of(entry, arguments["version"], told.get("template"))
        if not path.is_file():
            if "template" in told:
                raise InvalidInput(f"{sources['template']}: there is no file {path}")
            return {"version": version}
        names = {
            "name": f"{PREFIX}{arguments['mitigation']}",
            "priority": 10 if "priority" not in told else whole_number(sources["priority"], told["priority"]),
            "log": True if "log" not in told else yes_or_no(sources["log"], told["log"]),
            "marker": arguments["appliance"].get("marker", ""),
        }
        plain = plain_template(path)
        if plain is not None:
            return {"version": version, "document": plain.render(names)}
        templar = self._templar.copy_with_new_env(available_variables={**variables, **names}, searchpath=[str(entry)])
        text = trust_as_template(path.read_text(encoding="utf-8"))
        return {
            "version": version,
            "document": templar.template(text, escape_backslashes=False, overrides={"trim_blocks": True}),
        }

    def _ended(self, rollout: Rollout | None, host: str, result: dict[str, Any]) -> dict[str, Any]:
        """Write down how it went, where the work came to an end."""
        failed, planned = bool(result.get("failed")), self._task.check_mode
        if failed:
            result["msg"] = self._with_note(rollout, host, result["msg"], NOT_PLANNED)
        elif rollout is not None:
            try:
                rollout.note(host, PLANNED if planned else DONE, "changed" if result.get("changed") else "")
            except InvalidInput as error:
                # Whoever comes next cannot know that it went well, and must not take it for granted.
                result.update(failed=True, msg=f"{result['msg']}; but {printable(str(error))}")
        return result

    def _with_note(self, rollout: Rollout | None, host: str, text: str, in_plan: str) -> str:
        """Write down a failure; returns its text, with what keeps us from writing it down."""
        if rollout is None:
            return text
        try:
            rollout.note(host, in_plan if self._task.check_mode else FAILED, text.removeprefix(f"{host}: "))
        except InvalidInput as error:
            # Of a plan nothing is lost: an appliance that the journal does not know does not go.
            return text if self._task.check_mode else f"{text}; and {printable(str(error))}"
        return text

    @property
    def is_preview(self) -> bool:
        """See :class:`Work`."""
        return bool(self._task.check_mode) and (not self._task.args.get("plans") or bool(context.CLIARGS.get("check")))

    def _appliance(self, host: str) -> Appliance:
        variables = self._task.args.get("appliance")
        if not isinstance(variables, dict):
            raise InvalidInput(
                f"{host}: the option appliance must be a mapping; use the role tourniquet.netscaler.appliance"
            )
        return Appliance.from_variables(host, variables)
