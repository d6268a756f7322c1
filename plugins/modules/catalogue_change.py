# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of the action plugin of the same name, which runs on the control node."""

from __future__ import annotations

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
  - tourniquet.netscaler.bundle
  - tourniquet.netscaler.bundle.arguments
options:
  catalogue:
    description: The directory of the catalogue in use. The default is that of this collection, with the bundle in use and your own entries.
    type: path
  measures:
    description: The settings of measures by their ids, in place of the variables of the inventory.
    type: raw
  desired:
    description: By entry of the catalogue in use, the rendered template of its measure. The default renders each.
    type: dict
  planned_fix:
    description: The day on which the firmware fix of this appliance is planned, or a mapping of mitigations to days. It changes no verdict.
    type: raw
  opt_outs:
    description: The entries of the catalogue that a person has opted out of on this appliance until a day; see M(tourniquet.netscaler.status).
    type: raw
  acknowledgements:
    description: The warnings that a person has acknowledged; see M(tourniquet.netscaler.status).
    type: raw
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
