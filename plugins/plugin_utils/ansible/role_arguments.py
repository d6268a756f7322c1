# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The arguments of a task of a role, from the variables of its host.

:mod:`role_variables` says which variable an option takes its value from. Here the values are rendered by Ansible, and so is the template of a
measure, with everything that Ansible's templates can do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.template import trust_as_template

from ..appliance.objects.answer_marker import marked_for
from ..appliance.objects.ownership import PREFIX
from ..catalogue.desired_state_template import plain_template, template_of
from ..catalogue.entry_name import entry_name
from ..catalogue.measure import Mode
from ..catalogue.mitigation import entries, priority_of
from ..fleet.waves.options import RolloutOptions
from ..foundation.errors import InvalidInput
from ..foundation.state_directory import state_directory
from ..verbs.common.default_paths import (
    DIRECTORIES,
    default_allowed_signers,
    default_places,
    inventory_sources,
    own_entries_directory,
    updates_directory,
)
from ..verbs.common.options import Options
from ..verbs.common.role_variables import (
    MODULE_DEFAULTS,
    OF_MEASURE,
    ROLE_DEFAULTS,
    appliance_values,
    is_plain,
    option_values,
    plans_directory,
    rollout_directory,
    settings_of,
    source_variable,
    whole_number,
)

ROLLOUT = "rollout"
OF_A_FLEET = (ROLLOUT, "sliced")
"""The roles whose tasks work on the plans of all appliances."""
# Their variables are looked up besides those of the options of the action.
MEASURE_VARIABLES = ("settings", "measures")
TEMPLATE_VARIABLES = ("template", "priority", "log")
OF_THE_WAVES = ("profile", "canary", "waves", "bake_seconds", "max_failed", "accept_unreachable", "accept_refused")
OF_THE_CATALOGUE = ("own_entries", "updates", "allowed_signers")
"""The options that say what joins the built-in entries."""


def yes_or_no(name: str, value: Any) -> bool:
    """Return the value of a variable as a bool.

    :raises InvalidInput: where it is neither true nor false
    """
    try:
        return bool(boolean(value))
    except TypeError as error:
        raise InvalidInput(f"{name} is {str(value)!r}: write true or false") from error


def _stated_measure(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the measure that a task states, as the roles do that apply one measure only."""
    return {name: given[name] for name in OF_MEASURE if given.get(name)}


def catalogue_of(catalogue: str, given: Mapping[str, Any], variables: Mapping[str, Any]) -> Path:
    """Return the directory of the catalogue of a run, with the entries of the bundle in use and the user's own ones, which are checked first.

    A bundle joins the built-in catalogue only: who names another directory gets what is in it.

    :param given: the values of :data:`OF_THE_CATALOGUE` that are set
    :param variables: of a host, which name the inventory
    :raises InvalidInput: naming the bundle or the own entry, and what is wrong with it
    """
    sources, base = inventory_sources(variables), Path(catalogue).expanduser()
    own = own_entries_directory(given.get("own_entries"), sources)
    is_built_in = base == Path(ROLE_DEFAULTS["catalogue"])
    updates = updates_directory(given.get("updates"), sources) if is_built_in else None
    # The checks load the policy language, which costs time where there is neither.
    if updates is not None:
        from ..policies.catalogue_updates import updated_catalogue  # noqa: PLC0415 -- see above

        signers = Path(given.get("allowed_signers") or default_allowed_signers(sources)).expanduser()
        base = updated_catalogue(base, updates, signers, state_directory())
    if own is None:
        return base
    from ..policies.own_entries import catalogue_of_run  # noqa: PLC0415 -- see above

    return catalogue_of_run(base, own, state_directory())


def require_waves(variables: dict[str, Any], templar: Any) -> None:
    """Check the options of the waves before the first appliance is asked: the task that takes them begins when all have been.

    :raises InvalidInput: naming the variable and what it may be
    """
    if variables.get("tourniquet_in_rollout") is True:
        RolloutOptions.from_variables(RoleArguments(ROLLOUT, ROLLOUT, variables, templar, {}).values(OF_THE_WAVES))


@dataclass(frozen=True)
class RoleArguments:
    """The variables of one host, as arguments of the tasks of one role.

    :ivar role: the role that the task names; "" for a task of a person's own playbook, whose arguments only get their defaults
    :ivar variables: all variables of the host, not rendered
    :ivar templar: Ansible's, for that host
    :ivar options: those of the action
    """

    host: str
    role: str
    variables: dict[str, Any]
    templar: Any
    options: Options

    def render(self, name: str, value: Any) -> Any:
        """Return the value of a variable with its templates rendered.

        :raises InvalidInput: where a template cannot be rendered
        """
        if is_plain(value):
            return value
        try:
            return self.templar.template(value)
        except AnsibleError as error:
            raise InvalidInput(f"{self.host}: the variable {name} has no value: {error}") from error

    def values(self, options: Iterable[str]) -> dict[str, Any]:
        """Return the values of those options for which a variable is set."""
        return {} if not self.role else option_values(options, self.role, self.variables, self.render)

    def catalogue(self, given: Mapping[str, Any]) -> Path:
        """Return the directory of the catalogue, with what joins it; see :func:`catalogue_of`.

        :param given: what the task itself states
        :raises InvalidInput: naming the entry or bundle and what is wrong with it, or the variable that has no value
        """
        stated = self.values(("catalogue",)).get("catalogue") or given.get("catalogue") or MODULE_DEFAULTS["catalogue"]
        return catalogue_of(str(stated), self.values(OF_THE_CATALOGUE), self.variables)

    def plans(self, given: str) -> str:
        """Return the directory of the plans; "" where the task is not part of a rollout.

        :param given: what the task itself states
        """
        if given:
            return given
        return (plans_directory if self.role in OF_A_FLEET else rollout_directory)(self.variables, self.render)

    def arguments(self, given: Mapping[str, Any], plans: str) -> dict[str, Any]:
        """Return the arguments of the task.

        :param given: what the task itself states; it counts where no variable is set, and the measure that it states, and what it settles, count always
        :param plans: the directory of the plans
        :raises InvalidInput: where a variable has no value, or a value that it cannot have
        """
        names = [name for name in self.options if name not in ("appliance", "plans", "variables_of")]
        all_defaults = ROLE_DEFAULTS if self.role else MODULE_DEFAULTS
        defaults = {name: value for name, value in all_defaults.items() if name in self.options}
        settled = {name: given[name] for name in given.get("settles", ())}
        stated = {**given, **self.values(names), **_stated_measure(given), **settled}
        with_place = self.options if self.role else DIRECTORIES.keys() & self.options.keys()
        places = default_places([name for name in with_place if name not in stated], self.variables)
        arguments = {**defaults, **places, **stated}
        arguments |= {name: entry_name(arguments[name]) for name in OF_MEASURE if name in arguments}
        if "catalogue" in self.options and arguments.get("catalogue"):
            joining = self.values(OF_THE_CATALOGUE)
            arguments["catalogue"] = str(catalogue_of(str(arguments["catalogue"]), joining, self.variables))
        if "settings" in self.options and self.role:
            arguments["settings"] = settings_of(
                str(arguments["mitigation"]),
                self.values(MEASURE_VARIABLES),
                self.variables,
                self.render,
            )
        if "plans" in self.options:
            arguments["plans"] = plans
        if "appliance" in self.options and "appliance" not in given and self.role:
            arguments["appliance"] = appliance_values(self.host, self.variables, self.render)
        if "document" in self.options and not arguments["document"]:
            arguments |= self._document(arguments)
        if "desired" in self.options and not arguments.get("desired"):
            arguments["desired"] = self._desired_of_all(arguments)
        return arguments

    def _desired_of_all(self, arguments: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """Return the rendered template of every mitigation of the catalogue, or the reason why there is none.

        The version and the template that variables name are those of the mitigation that they name. A task on one entry gets only that one:
        to read the whole catalogue takes five times as long as the rest of the work before a plan.
        """
        catalogue = Path(str(arguments["catalogue"])).expanduser()
        named = self.values(("mitigation", "version"))
        asked_for = str(arguments.get("mitigation", ""))
        desired: dict[str, dict[str, Any]] = {}
        for id_ in entries(catalogue, asked_for):
            version = named.get("version", 0) if named.get("mitigation") == id_ else 0
            try:
                found = self._document(
                    {**arguments, "mitigation": id_, "version": version}, own=named.get("mitigation") == id_
                )
            except InvalidInput as error:
                desired[id_] = {"problem": str(error)}
            else:
                desired[id_] = {"version": int(found.get("version", 0)), "text": found.get("document", "")}
        return desired

    def _document(self, arguments: Mapping[str, Any], *, own: bool = True) -> dict[str, Any]:
        """Return the version and the rendered template of a mitigation.

        Nothing is rendered where the mitigation or its version does not exist; the checks that follow say what exists.

        :param own: a template of the operator's own counts
        """
        entry = Path(str(arguments["catalogue"])).expanduser() / str(arguments.get("mitigation"))
        if not arguments.get("mitigation") or not entry.is_dir():
            return {}
        values = self.values(TEMPLATE_VARIABLES)
        if not own:
            values.pop("template", None)
        version, path = template_of(entry, arguments["version"], values.get("template"))
        if not path.is_file():
            if "template" in values:
                raise InvalidInput(f"{self._source('template')}: there is no file {path}")
            return {"version": version}
        names = self._template_variables(arguments, values)
        plain = plain_template(path)
        if plain is not None:
            return {"version": version, "document": plain.render(names)}
        templar = self.templar.copy_with_new_env(
            available_variables={**self.variables, **names}, searchpath=[str(entry)]
        )
        text = trust_as_template(path.read_text(encoding="utf-8"))
        return {
            "version": version,
            "document": templar.template(text, escape_backslashes=False, overrides={"trim_blocks": True}),
        }

    def _template_variables(self, arguments: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
        entry = Path(str(arguments["catalogue"])).expanduser() / str(arguments["mitigation"])
        priority, log = values.get("priority", priority_of(entry)), values.get("log", True)
        # What only counts is looked at in the log.
        observing = arguments.get("mode") == str(Mode.OBSERVE)
        appliance = arguments.get("appliance")
        return {
            "name": f"{PREFIX}{arguments['mitigation']}",
            "priority": whole_number(self._source("priority"), priority),
            "log": observing or yes_or_no(self._source("log"), log),
            "marker": marked_for(appliance.get("marker", ""), arguments["mitigation"])
            if isinstance(appliance, Mapping)
            else "",
        }

    def _source(self, option: str) -> str:
        return source_variable(option, self.role, self.variables) or option
