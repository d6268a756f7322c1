# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whom does an appliance concern, and has this customer agreed to a closing?

In: the inventory variable ``tourniquet_customers``, the register of consent. Out: customers with their language and contacts, the state of their consent.
It must not know NITRO or Ansible; it sends nothing. Whose a virtual server is says :class:`appliance.nitro.appliance.Appliance`.
"""
