# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: how is one measure planned, applied, proven and judged on one appliance?

In: a connection and the parameters of the run. Out: a frozen plan and a result. Apply, status, close and learn use it. It must not know a single verb, the
fleet, how results are shown or Ansible.
"""
