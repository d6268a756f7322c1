# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: what did the alarm count before, and which of these requests were ours?

In: the state file of each appliance. Out: counted requests, the tests of the alarm. It must not know the verbs or Ansible; it asks no appliance.
"""
