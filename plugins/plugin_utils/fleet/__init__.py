# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: how is one verb carried out on many appliances, by one machine or by several, and who is told?

In: the plans of all appliances, the execution nodes, the receivers. Out: waves, slices, messages. It must not know how an appliance is
reached, how a change is carried out or Ansible.
"""
