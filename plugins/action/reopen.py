# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action behind the module ``reopen``; see there for its options and results."""

from __future__ import annotations

from typing import ClassVar

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.step_action import StepAction
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.closing_steps import LadderStep
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.option_files import options_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.options import Options
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.task import Task
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.verb import Verb
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.registry import declared
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.reopen.run import Reopen


class ActionModule(StepAction):
    """See the module of the same name."""

    TASK: ClassVar[type[Task]] = Reopen
    VERB: ClassVar[Verb] = declared("reopen")
    DEFAULT_STEP: ClassVar[str] = LadderStep.OFF
    OPTIONS: ClassVar[Options] = options_of("reopen", "reopen")
