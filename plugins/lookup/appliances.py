# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks which appliances a playbook works on, before its first task."""

from __future__ import annotations

DOCUMENTATION = r"""
name: appliances
version_added: 0.1.0
short_description: Check which appliances a play works on
description:
  - Returns the patterns for C(hosts) of a play, after it has checked the inventory and the command line. Without it a playbook that looks at
    no appliance ends with exit code 0, because Ansible only warns.
  - It is an error where ansible-core is too old, where libraries are missing, where the settings of Ansible name another strategy than C(linear),
    where a source of the inventory cannot be read, where a pattern of the play or of C(--limit)
    matches nothing, where no appliance is left, where tags or C(--start-at-task) leave tasks out, and where the name of a host cannot be used.
  - Works in C(hosts) of a play only.
options:
  _terms:
    description: The patterns of the play. The name of a host stands for this host, even if it has blanks or special characters.
    type: list
    elements: str
    required: true
  require_libraries:
    description: Whether it is an error that a library is missing. V(false) is for a play that reports what is missing.
    type: bool
    default: true
  scope_of:
    description:
      - The verb whose command has to name what is closed or opened - C(customers), C(vips), C(partitions), C(target), C(--limit) or C(scope=fleet).
        Without that it is an error. With C(--check), and for a drill, it is none. Empty means that the verb needs no scope.
    type: str
    choices: ["", close, lockdown, reopen]
    default: ""
  asks_none:
    description: Whether the play works on the control node alone and asks no appliance. Then C(--limit) is an error, since it would leave nothing to do.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Status
  hosts: "{{ query('tourniquet.netscaler.appliances', target | default('netscalers')) }}"
  gather_facts: false
  tasks:
    - name: Status
      ansible.builtin.import_role:
        name: tourniquet.netscaler.verify
        tasks_from: status
"""

RETURN = r"""
_raw:
  description: The patterns.
  type: list
  elements: str
"""

from typing import Any

from ansible import constants, context
from ansible.plugins.lookup import LookupBase
from ansible.release import __version__ as core_version
from ansible.utils.vars import load_extra_vars
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.chosen_appliances import (
    VERSION,
    ChosenAppliances,
    known_inventory,
    require_all_tasks,
    require_limit,
    require_no_limit,
    require_version,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.inventory_sources import require_read
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.names_of_ansible import (
    require_no_names_of_ansible,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.placeholders import (
    require_no_placeholders,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.play_strategy import require_linear
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.refused_run import refused_run
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.ansible_version import (
    require_ansible_core,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.libraries import (
    installed,
    require_libraries,
)

ONLY_SHOWN = ("syntax", "listtasks", "listtags")


class LookupModule(LookupBase):  # type: ignore[misc,unused-ignore]
    """See DOCUMENTATION."""

    def run(self, terms: list[Any], variables: dict[str, Any] | None = None, **kwargs: Any) -> list[str]:
        self.set_options(var_options=variables, direct=kwargs)
        target = [str(pattern) for pattern in self._flatten(terms)]
        arguments = context.CLIARGS
        if any(arguments.get(option) for option in ONLY_SHOWN):
            return target  # no inventory is needed to show a playbook
        sources, limit = [str(source) for source in arguments["inventory"]], str(arguments.get("subset") or "")
        try:
            require_ansible_core(core_version)
            if self.get_option("asks_none"):
                require_all_tasks(arguments)
                require_no_limit(arguments.get("subset"))
                return target
            require_version((variables or {}).get(VERSION))
            if self.get_option("require_libraries"):
                require_libraries(installed())
            require_linear(str(constants.DEFAULT_STRATEGY))
            require_all_tasks(arguments)
            require_limit(arguments.get("subset"))
            require_no_names_of_ansible(extra := load_extra_vars(self._loader))
            require_no_placeholders(extra)
            require_read(self._loader, sources)
            inventory = known_inventory(self._loader, (variables or {})["groups"], limit)
            patterns = ChosenAppliances(inventory, sources, target, limit).patterns()
            if verb := self.get_option("scope_of"):
                # Here, because an old Python, which was refused above, cannot import the declarations of the verbs.
                from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.stated_scope import (  # noqa: PLC0415 -- see above
                    SCOPE_VARIABLES,
                    require_scope,
                )

                known = variables or {}
                stated = {name: self._templar.template(known[name]) for name in SCOPE_VARIABLES if name in known}
                require_scope(verb, stated, limit, check_mode=bool(arguments.get("check")))
            return patterns
        except InvalidInput as error:
            raise refused_run(str(error)) from None
