# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: what does a trace on an appliance mean, and what on it is ours?

In: what a reader of files, logs or configuration has seen, and the change records of the control node. Out: findings with their level, what could not be
looked at, one line for each appliance, an exit code, and the list of our own changes. It must not know how a trace is found or Ansible; it asks no appliance.
"""
