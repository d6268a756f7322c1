# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action behind the module ``rollout``; see there for its options and results."""

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.rollout_decision import RolloutDecision


class ActionModule(RolloutDecision):
    """See the module of the same name."""
