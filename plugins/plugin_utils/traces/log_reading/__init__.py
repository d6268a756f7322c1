# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: what do the logs of an appliance say of an intruder?

In: the bytes of the logs of each node, by NITRO or from a syslog folder, what is ours, and the bookmarks of the last run. Out: lines, and findings with what
could not be read. What is in a log was written by an attacker: every file, line and field is bounded, and stays data. It must not know other
appliances or Ansible; it writes nothing on an appliance.
"""
