# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of the action plugin of the same name, which runs on the control node."""

DOCUMENTATION = r"""
module: end_sessions
short_description: End the sessions of users that could have been stolen before the fix
description:
  - A session that was stolen before an upgrade stays valid after it. So the vendor's advice for some weaknesses is to end all sessions once every
    node runs the fix. This ends them, for each entry of O(catalogue) that asks for it, and counts them before and after.
  - Refused where a node of the appliance has no fix or cannot be asked, unless O(accept_exposure) and O(who) are set.
  - The change record has the counts. A second run ends nothing, unless O(again) is set.
  - Ended sessions cannot be restored; the users log on again. In check mode the sessions are only counted.
version_added: 0.4.0
extends_documentation_fragment:
  - tourniquet.netscaler.appliance
  - tourniquet.netscaler.shared.change
  - tourniquet.netscaler.shared.lock
  - tourniquet.netscaler.shared.rollout
options:
  mitigation:
    description: The id of one entry of the catalogue. Empty means all that ask for it and are ready.
    type: str
    default: ""
  catalogue:
    description: The directory that holds the entries of the catalogue. The default is the catalogue of this collection.
    type: path
  accept_exposure:
    description: End the sessions although a node has no fix. New sessions can be stolen there, so the entry stays open.
    type: bool
    default: false
  who:
    description: The name of the person who accepts it. The record has it.
    type: str
    default: ""
  again:
    description: End the sessions although the records say that they were ended.
    type: bool
    default: false
  all_entries:
    description: End the sessions for all entries, whichever O(mitigation) the inventory names. C(close.yml) does so.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: End the sessions that could have been stolen
  tourniquet.netscaler.end_sessions:
    appliance:
      nodes: ["192.0.2.11", "192.0.2.12"]
      user: tourniquet
      password: "{{ vault_netscaler_password }}"
      ca_file: appliances-ca.pem
      vips: [{name: gw, address: "198.51.100.10", kind: vpn}]
    mitigation: cve_2025_5777
    ticket: CHG0050
"""

RETURN = r"""
entries:
  description: The entries of the catalogue for which the sessions were or would be ended.
  returned: always
  type: list
  elements: str
done:
  description: By entry, when its sessions were ended by an earlier run, and the record of that run.
  returned: always
  type: dict
waiting:
  description: By entry, why its sessions are not ended yet.
  returned: always
  type: dict
sessions:
  description:
    - By NITRO type the command, the number of sessions before and after, and whether all were ended. A number is null where it is not known.
  returned: always
  type: list
  elements: dict
elsewhere:
  description:
    - By admin partition that had sessions of such a NITRO type, their number before and after. A number is null where it is not known.
  returned: always
  type: list
  elements: dict
exposure:
  description: The nodes without a fix that a person accepted.
  returned: always
  type: list
  elements: str
remarks:
  description: What a person should know, such as sessions that are not seen.
  returned: always
  type: list
  elements: str
record:
  description: The path of the change record.
  returned: always
  type: str
lock:
  description: The nodes that were locked, and the lock that was there before.
  returned: always
  type: dict
notes:
  description: Remarks on the run besides its result.
  returned: always
  type: list
  elements: str
requests:
  description: The number of requests, and the number of TLS connections.
  returned: always
  type: dict
"""
