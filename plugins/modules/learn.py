# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the action plugin of the same name, which does the work in the control node's worker process."""

from __future__ import annotations

DOCUMENTATION = r"""
module: learn
short_description: Learn URL whitelists from recorded traffic, for a person to review
description:
  - Learns, for each virtual server, the paths that enough clients asked for on enough days, and writes them as a file for the
    inventory, in the form of C(netscaler_whitelists). A learnt list begins in the mode V(observe), which blocks nothing.
  - Nothing is learnt from clients that sent an attack of the catalogue, asked for what only scanners ask for, or got mostly errors.
  - What stands in a file already stays, with what people wrote to it.
  - Refuses to learn from logs without client, virtual server or time. The appliance is asked only to fetch its logs, or where
    C(netscaler_vips) is not set.
version_added: 0.1.0
extends_documentation_fragment:
  - tourniquet.netscaler.appliance.logs
options:
  variables_of:
    description:
      - The role whose variables say what the task does not, V(learn). The inventory variables of
        P(tourniquet.netscaler.appliance#role) are taken as well, so nothing else is required.
    type: str
  appliance:
    description:
      - How to reach the appliance, by the names of the inventory variables without C(netscaler_);
        P(tourniquet.netscaler.appliance#role) documents each.
    type: raw
    required: true
  catalogue:
    description: The directory that holds the entries of the catalogue. All of their attacks are known.
    type: path
    required: true
  mitigation:
    description:
      - The entry of the catalogue because of which the list is learnt. Unless O(until) is set, nothing is learnt from the day on which
        its exploit became public.
    type: str
    default: ""
  directory:
    description: Where the files are written, in a folder for each host.
    type: str
    required: true
  vips:
    description: Learn for these virtual servers only, by name; empty learns for all.
    type: list
    elements: str
    default: []
  clients:
    description: So many clients must have asked for a path, from 1 to 32. A client is an IPv4 address, or a C(/64) of IPv6.
    type: int
    default: 5
  days:
    description: On so many days.
    type: int
    default: 3
  suffixes:
    description: Learn endings of paths as well, where the same static file is in many directories. Never for a Gateway.
    type: bool
    default: false
  coverage_days:
    description: The coverage is told for the requests of so many last days.
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
- name: Learn what users of this appliance ask for
  tourniquet.netscaler.learn:
    appliance: {nodes: ["192.0.2.11"], user: tourniquet, password: "{{ vault_netscaler_password }}"}
    catalogue: templates/mitigations
    mitigation: cve_2019_19781
    logs:
      - {path: "logs/ns.log*", format: observe}
    directory: learnt
"""

RETURN = r"""
files:
  description: The files, one for each virtual server that was asked for anything.
  returned: always
  type: list
  elements: str
coverage:
  description: How many of the last days' requests would pass, in words.
  returned: always
  type: str
entries:
  description: By virtual server, how many entries are new.
  returned: always
  type: dict
attacks_passing:
  description: How many attack-shaped requests of the logs the lists would let pass.
  returned: always
  type: int
report:
  description: The same as lines for people, with what was not learnt and why.
  returned: always
  type: list
  elements: str
"""
