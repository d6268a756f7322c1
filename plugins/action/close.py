# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action behind the module ``close``; see there for its options and results."""

from __future__ import annotations

from typing import ClassVar

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.step_action import StepAction
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.run import Close
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.option_files import options_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.options import Options
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.task import Task
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.verb import Verb
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.registry import declared


class ActionModule(StepAction):
    """See the module of the same name."""

    TASK: ClassVar[type[Task]] = Close
    VERB: ClassVar[Verb] = declared("close")
    OPTIONS: ClassVar[Options] = options_of("close", "close")
