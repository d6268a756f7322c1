# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action behind the module ``impact``; see there for its options and results."""

from __future__ import annotations

from typing import ClassVar

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.log_action import LogAction
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.log_task import LogTask
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.option_files import options_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.options import Options
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.verb import Verb
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.impact.run import MeasureImpact
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.registry import declared


class ActionModule(LogAction):
    """See the module of the same name."""

    LOG_TASK: ClassVar[type[LogTask]] = MeasureImpact
    VERB: ClassVar[Verb] = declared("impact")
    OPTIONS: ClassVar[Options] = options_of("impact", "impact")
