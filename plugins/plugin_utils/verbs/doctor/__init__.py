# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: what keeps the playbooks from working, and how is it mended?

In: the variables of a host, the control node, and the nodes of an appliance. Out: findings, each with its severity and its fix, and the
fingerprints of the management certificates. Nothing is written to an appliance. It must not know Ansible.
"""
