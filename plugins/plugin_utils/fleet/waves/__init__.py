# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: how is one verb carried out on a fleet?

In: the plans of all appliances, the options of the rollout, and the events of each appliance in the journal. Out: the waves, the reason to hold an
appliance, and the lines of the summary and of the progress screen. It must not know how an appliance is reached, how a change is carried
out or Ansible: the files of the rollout on the control node are all that it reads and writes.
"""
