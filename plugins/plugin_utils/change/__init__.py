# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: how does a change happen?

In: the current and the desired state, steps, the key of this control node. Out: plans, leases, records with their chain and signatures, approvals, and
carried out, undone or saved steps. It must not know measures, the verbs or Ansible.
"""
