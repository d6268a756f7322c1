# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: does a measure work, and how do we know?

In: an address to probe, a session with the appliance, and what the policies in place explain. Out: the answers to probes, the
appliance's own evaluation of a rule, hit counters, and the verdict with its evidence.

It must not know how a change is planned, how a change is carried out or Ansible.
"""
