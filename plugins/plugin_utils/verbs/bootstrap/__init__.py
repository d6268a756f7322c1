# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The user of the playbooks on one appliance: made, changed, given another password, removed.

An account is a user of the appliance with the command policies that are bound to it. Comes in: a connection of an administrator, and the account that is
wanted. Goes out: the steps as commands, and how far they were carried out. It must not know other appliances or Ansible.
"""
