# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: which traces of an intrusion does an appliance show?

In: a connection, the indicators of the catalogue's entries, the list of our own changes, and where it is allowed an SSH account. Out: the examination of
one appliance: findings, what could not be looked at, how far back its logs reach. It must not know other
appliances or Ansible; it writes nothing on an appliance.
"""
