# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""End the sessions of users that could have been stolen, once all nodes of an appliance run the fix.

In: the entries of the catalogue that ask for it. Out: a plan with the counts, and a result with the counts before and after. What was ended is
known from the change records only. It must not know measures or Ansible.
"""
