# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: in which steps can access be closed, from the mildest to the hardest?

Nothing comes in. Out: the steps, and the measure that carries each of them out. This package must not know records, NITRO or Ansible.
"""
