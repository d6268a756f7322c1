# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: what stands outside the configuration on the operating system of a node, and how is it changed?

In: a connection, an SSH account, the wanted state. Out: a plan for each node, knobs, start-up files and scripts that are proven or taken back. It must
not know other appliances, how results are shown or Ansible.
"""
