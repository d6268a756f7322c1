# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who besides the person who applies has agreed to a change?

In: the inventory variable ``tourniquet_approvals``, the seals of the plans, files of signatures, the list of allowed signers. Out: the approvals that
count, or why there are not enough. It must not know how a change is planned, how a change is carried out or Ansible.
"""
