# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: how do several machines carry out one rollout?

In: the execution nodes of the inventory, the appliances with their variables, and the streams that the jobs of ansible-runner send back. Out: slices,
each of which one execution node works on, the directories of their jobs, and what was checked of their answers. The waves, the brake and the journal
are those of :mod:`rollout` on the controller. It must not know how an appliance is reached, how a change is carried out or Ansible.
"""
