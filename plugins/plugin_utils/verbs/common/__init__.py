# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: what does every verb need?

In: the options of a task. Out: the task on one appliance as plain data, its parameters, its places, and what on the appliance is ours. It must not know
a single verb or Ansible.
"""
