# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action behind the module ``audit``; see there for its options and results."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.approval_authority import authority_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.base import TourniquetAction
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.approvals.demand import (
    VARIABLE,
    wanted_approvals,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.approvals import approval_rules
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.audit.run import PROBLEM, Audit
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.approval_option import DEMAND, LISTED
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.option_files import options_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.options import Options
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.task import Task
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.verb import Verb
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.registry import declared


class ActionModule(TourniquetAction):
    """See the module of the same name."""

    TASK: ClassVar[type[Task]] = Audit
    VERB: ClassVar[Verb] = declared("audit")
    OPTIONS: ClassVar[Options] = options_of("audit", "audit")

    def _approval(self, _host: str, variables: dict[str, Any], _options: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the inventory of today demands, with its list of allowed signers, or why that is not known."""
        if not variables.get(VARIABLE):
            return {}
        try:
            wanted_approvals(variables[VARIABLE], approval_rules(), "apply")
            today = authority_of(variables, {})
        except InvalidInput as error:
            return {PROBLEM: str(error)}
        return {VARIABLE: json.loads(json.dumps(variables[VARIABLE])), DEMAND: today.demand, LISTED: today.listed}
