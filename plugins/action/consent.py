# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action behind the module ``consent``; see there for its options and results."""

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.control_node_action import (
    control_node_action_of,
)

ActionModule = control_node_action_of("consent")
