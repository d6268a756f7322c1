# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: how does this build behave where the documents leave it open?

In: a connection, and what the operator allows. Out: for each open fact its position, or why it is not settled, and every request that is sent,
written out before the first one. The facts are those of the simulator's register. It must not know measures or Ansible.
"""
