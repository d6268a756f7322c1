# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: what do the facts of an appliance say of one measure, and what is to be done next?

In: facts and probes of a run. Out: evidence, what removal would expose, the next action. It must not know the verbs, how results are shown or Ansible.
"""
