# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action behind the module ``lockdown``, a name of ``close`` with the step off; see there for its options and results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible.utils.vars import load_extra_vars
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.base import TourniquetAction
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.lockdown_command import (
    SAID,
    require_step_off,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.run import Close
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.option_files import options_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.options import Options
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.task import Task
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.verb import Verb
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.registry import declared

FIXED = {"called": "lockdown", "step": "off", "drill": False, "end_sessions": False, "log_ons": False}
"""The options of close that lockdown does not take."""


class ActionModule(TourniquetAction):
    """See the module of the same name."""

    TASK: ClassVar[type[Task]] = Close
    VERB: ClassVar[Verb] = declared("lockdown")
    OPTIONS: ClassVar[Options] = options_of("close", "lockdown")

    def checked_options(self, host: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        extra = load_extra_vars(self._loader)
        try:
            require_step_off({name: self._templar.template(extra[name]) for name in SAID if name in extra})
        except InvalidInput as error:
            raise InvalidInput(f"{host}: {error}") from None
        return {**super().checked_options(host, variables), **FIXED}
