# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: what is read, of an appliance and on the control node, for the rows of an exposure?

In: a connection, the change records, the catalogue. Out: the rows, with what is in place now and what could not be read. It must not know how a change
is carried out or Ansible; it writes nothing on an appliance.
"""
