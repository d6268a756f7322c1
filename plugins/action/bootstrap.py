# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action behind the module ``bootstrap``; see there for its options and results."""

from __future__ import annotations

from typing import Any, ClassVar

from ansible import context
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.base import TourniquetAction
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.bootstrap.run import MakeUser
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.option_files import options_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.options import Options
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.task import Task
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.verb import Verb
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.registry import declared

PASSWORD = "admin_password"  # noqa: S105 -- the name of a variable


class ActionModule(TourniquetAction):
    """See the module of the same name."""

    TASK: ClassVar[type[Task]] = MakeUser
    VERB: ClassVar[Verb] = declared("bootstrap")
    OPTIONS: ClassVar[Options] = options_of("bootstrap", "bootstrap")

    def checked_options(self, host: str, variables: Any) -> dict[str, Any]:
        """See the base class; the password of the administrator is never taken from the command line, which all users of the control node can read."""
        given = context.CLIARGS.get("extra_vars") or ()
        if any(PASSWORD in str(text) and not str(text).startswith("@") for text in given):
            raise InvalidInput(f"{host}: {PASSWORD} is on the command line, where others can read it. {_ELSEWHERE}")
        if not self._task.args.get("admin_password"):
            raise InvalidInput(f"{host}: {PASSWORD} is missing. {_ELSEWHERE}")
        return super().checked_options(host, variables)


_ELSEWHERE = (
    "Keep it in a vault, or write into the inventory "
    f"{PASSWORD}: \"{{{{ lookup('ansible.builtin.env', 'NETSCALER_ADMIN_PASSWORD') }}}}\". Nothing was sent."
)
