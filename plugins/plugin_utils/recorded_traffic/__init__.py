# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: what did recorded traffic ask for, whom would a plan lock out, and which whitelist does the traffic justify?

In: log files of the control node, the policies of an appliance before and after a plan, the attacks of the catalogue.
Out: the impact of a plan, learnt whitelists with their coverage, and reports of both, including what the logs do not hold.

It must not know the network, how a change is carried out or Ansible; it asks no appliance. Log lines are untrusted: they are data, nothing
of them is executed, and every output escapes them.
"""
