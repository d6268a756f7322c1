# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What tests play with: simulated appliances, a control node, and the verbs and playbooks between them.

``fleet`` makes appliances by values and the fleet file of them. ``client`` asks a virtual server as a user or an attacker does. ``control_node`` has
the variables of an inventory and the environment of Ansible. On these stand two stages: ``memory``, the verbs of the engine in this process, and
``played``, playbooks with what they print, return and ask.
"""
