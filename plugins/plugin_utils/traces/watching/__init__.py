# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: what has changed on an appliance where code must not appear, since a person accepted its state?

In: a connection, and the baseline that a person accepted. Out: the state as it is now, and the examination that compares both. It needs no shell and
no file of ours there. It must not know other appliances or Ansible; it writes nothing on an appliance.
"""
