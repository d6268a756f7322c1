# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action behind the module ``on_box``; see there for its options and results."""

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.verb_action import action_of

ActionModule = action_of("on_box")
