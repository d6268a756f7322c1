# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whom does an appliance concern?

In: the inventory variable ``tourniquet_customers``. Out: customers with their language and contacts.
It must not know appliances, measures or Ansible. Whose a virtual server is says :class:`nitro.appliance.Appliance`.
"""
