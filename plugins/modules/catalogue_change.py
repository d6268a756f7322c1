# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of the action plugin of the same name, which runs on the control node."""

DOCUMENTATION = r"""
module: catalogue_change
short_description: Judge a NetScaler appliance by the catalogue in use and by that with a bundle
description:
  - Reads the appliance once, gives the verdicts by both catalogues over the same reads, and compares them entry by entry. Nothing is ever written to the
    appliance, and no probe is sent.
  - An appliance that does not answer is a problem in the result, and no failure of the task. M(tourniquet.netscaler.fleet_page) puts the
    results together.
version_added: 0.1.0
extends_documentation_fragment:
  - tourniquet.netscaler.appliance
  - tourniquet.netscaler.shared.change
  - tourniquet.netscaler.shared.verdict
options:
  bundle:
    description: The file of a bundle; its signature is beside it, with C(.sig).
    type: path
  own_entries:
    description: The directory of your own entries. The default is C(catalogue) beside the inventory; V(none) leaves them out.
    type: raw
  updates:
    description: The directory of the bundles that were taken. The default is C(catalogue_updates) beside the inventory.
    type: path
  catalogue:
    description: The directory of the catalogue in use. The default is that of this collection, with the bundle in use and your own entries.
    type: path
  as_of:
    description:
      - The date as of which the verdict is given, as V(2020-01-15). Empty means today.
      - The verdict as of today is always returned too.
    type: str
    default: ""
  measures:
    description: The settings of measures by their ids, in place of the variables of the inventory.
    type: raw
  desired:
    description: By entry of the catalogue in use, the rendered template of its measure. The default renders each.
    type: dict
"""

EXAMPLES = r"""
- name: Compare
  tourniquet.netscaler.catalogue_change:
    appliance:
      nodes: ["192.0.2.11", "192.0.2.12"]
      user: tourniquet
      password: "{{ vault_netscaler_password }}"
      ca_file: appliances-ca.pem
    bundle: 202611281200.tar
  register: catalogue_update_result
"""

RETURN = r"""
effect:
  description: What the bundle means for the people who look after the appliance, such as C(must act), C(more to do), C(done) or C(no change).
  returned: when it was compared
  type: str
before:
  description: The verdict by the catalogue in use, with C(word), C(exit_code) and C(next_action).
  returned: when it was compared
  type: dict
after:
  description: The verdict by the catalogue with the bundle.
  returned: when it was compared
  type: dict
entries:
  description: The entries whose verdict changes, each with C(id), C(before), C(after), C(opens), C(reason) and C(next_action).
  returned: when it was compared
  type: list
  elements: dict
problem:
  description: Why it was not compared; empty where it was.
  returned: always
  type: str
requests:
  description: The number of requests to the appliance.
  returned: always
  type: int
"""
