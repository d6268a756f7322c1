# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: how is a node reached, what are its objects, and what are its files?

In: the inventory variables of an appliance. Out: sessions that read and write, objects of NITRO with their inverse, files of a node. It must not know
measures, changes, other appliances or Ansible.
"""
