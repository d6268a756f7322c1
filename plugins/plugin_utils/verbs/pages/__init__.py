# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: what do people and programs see of a run?

In: facts, plans and results. Out: JSON values, preview lines and report files. Text from appliances is escaped in all of them.

It must not know a single verb or Ansible.
"""
