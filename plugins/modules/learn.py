# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of the action plugin of the same name, which runs on the control node."""

DOCUMENTATION = r"""
module: learn
short_description: Learn URL whitelists from recorded traffic, for a person to review
description:
  - Learns, for each virtual server, the paths that enough clients requested on enough days, and writes them as a file for the
    inventory, in the form of C(netscaler_whitelists). A learnt list begins in the mode V(observe), which blocks nothing.
  - Nothing is learnt from clients that sent an attack of the catalogue, requested a path that only scanners request, or got mostly errors.
  - Entries that a file has already stay, with what people changed in them.
  - Refuses to learn from logs without client, virtual server or time. A connection to the appliance is opened only to fetch its logs, or where
    C(netscaler_vips) is not set.
version_added: 0.1.0
extends_documentation_fragment:
  - tourniquet.netscaler.shared.logs
options:
  variables_of:
    description:
      - The role whose variables give the values of the other options, such as V(measure); its README has their names. A variable counts before what
        the task states. The inventory variables of P(tourniquet.netscaler.appliance#role) give O(appliance). So nothing else is required.
      - The roles of this collection use it, because a template for each option would cost more than the work.
    type: str
  appliance:
    description:
      - How to reach the appliance, by the names of the inventory variables without C(netscaler_); P(tourniquet.netscaler.appliance#role) documents
        each.
      - Checked strictly by type before anything is sent.
    type: raw
    required: true
  catalogue:
    description: The directory of the catalogue. The attacks of all its entries are never learnt. The default is the catalogue of this collection.
    type: path
  mitigation:
    description: An entry of the catalogue. Unless O(until) is set, requests from the day on which its exploit became public are not learnt.
    type: str
    default: ""
  directory:
    description:
      - The directory of the files, with a folder for each host. The default is C(learnt) in a clone of the project, else beside the inventory.
    type: str
  vips:
    description: Learn only for these virtual servers, by name; empty means all.
    type: list
    elements: str
    default: []
  clients:
    description: How many clients must have requested a path, from 1 to 32. A client is an IPv4 address, or a C(/64) of IPv6.
    type: int
    default: 5
  days:
    description: On how many days a path must have been requested.
    type: int
    default: 3
  suffixes:
    description: Also learn endings of paths, where the same static file is in many directories; never for a Gateway.
    type: bool
    default: false
  coverage_days:
    description: The coverage is computed for the requests of this many last days.
    type: int
    default: 14
attributes:
  check_mode:
    description: Can run in check mode; it shows the files, and writes none.
    support: full
  diff_mode:
    description: Shows what changes in the files.
    support: full
  async:
    description: Can be used with the C(async) keyword.
    support: none
author:
  - Tourniquet maintainers (@tourniquet)
requirements:
  - ahocorasick-rs
  - lark
  - netaddr
"""

EXAMPLES = r"""
- name: Learn what the users of this appliance request
  tourniquet.netscaler.learn:
    appliance:
      nodes: ["192.0.2.11", "192.0.2.12"]
      user: tourniquet
      password: "{{ vault_netscaler_password }}"
      ca_file: appliances-ca.pem
      vips: [{name: gw, address: "198.51.100.10", kind: vpn}]
    mitigation: cve_2019_19781
    logs:
      - {path: "logs/ns.log*", format: observe}
"""

RETURN = r"""
files:
  description: The files, one for each virtual server that had requests.
  returned: always
  type: list
  elements: str
coverage:
  description: How many requests of the last days would pass, as text.
  returned: always
  type: str
entries:
  description: The number of new entries, by virtual server.
  returned: always
  type: dict
attacks_passing:
  description: How many requests in the logs that look like an attack the lists would let pass.
  returned: always
  type: int
report:
  description: The same as lines for people, with what was not learnt and why.
  returned: always
  type: list
  elements: str
"""
