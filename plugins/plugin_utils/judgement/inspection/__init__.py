# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: what does an appliance have that matters to one measure, and what would apply change there?

In: an open connection, and the parameters of a run. Out: frozen facts by theme, and the frozen plan that follows from them: the steps,
the files, the conflicts, the seal.

It must not know how a change is carried out or Ansible; it writes nothing on an appliance.
"""
