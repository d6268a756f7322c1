# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: which measures can the inventory ask for? Each kind has a folder of its own.

In: the settings of the inventory for one host. Out: a Measure of the package catalogue, which resolves to the desired state of one
appliance. ``registry`` finds the folders. ``kind`` of each folder declares what it is called and needs; the measure itself is imported
when it is used. The packages below know no measure by name, and a measure knows no other measure. It must not know the
verbs or Ansible.
"""
