# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of the action plugin of the same name, which runs on the control node."""

DOCUMENTATION = r"""
module: leave
short_description: List what of ours is left on a NetScaler appliance, and remove it
description:
  - Lists the objects, settings, closed virtual servers and files of all measures. Objects are found by their names and comments, everything else by the
    change records of all control nodes.
  - With O(remove) each measure is rolled back as M(tourniquet.netscaler.rollback) does it, which refuses a mitigation that a build still needs. Then the
    records that only the nodes have are fetched, and their copies and the lock are deleted. The records on the control node stay.
version_added: 0.1.0
extends_documentation_fragment:
  - tourniquet.netscaler.appliance
  - tourniquet.netscaler.shared.change
  - tourniquet.netscaler.shared.lock
options:
  catalogue:
    description: The directory that holds the entries of the catalogue. The default is the catalogue of this collection.
    type: path
  measures:
    description:
      - By the id of a measure of the inventory, such as V(url_whitelist), its settings. The default is what the variables of the host ask for, where
        O(variables_of) is set.
    type: dict
    default: {}
  remove:
    description: Remove what is listed.
    type: bool
    default: false
  accept_exposure:
    description: Remove mitigations that a build still needs too. O(who) and O(reason) are mandatory with it.
    type: bool
    default: false
  who:
    description: The person who accepts the exposure; it is in the change records.
    type: str
    default: ""
  force:
    description: Continue although objects were changed by somebody else since.
    type: bool
    default: false
  unsaved:
    description:
      - What to do where the appliance has unsaved changes that are not ours. Saving our changes saves them too.
      - V(refuse) stops before anything is written, V(apply_without_save) leaves everything unsaved, V(save_first) saves theirs first.
    type: str
    choices: [refuse, apply_without_save, save_first]
    default: refuse
"""

EXAMPLES = r"""
- name: List what is left
  tourniquet.netscaler.leave:
    appliance:
      nodes: ["192.0.2.11", "192.0.2.12"]
      user: tourniquet
      password: "{{ vault_netscaler_password }}"
      ca_file: appliances-ca.pem
"""

RETURN = r"""
left:
  description:
    - What is left (objects by measure and admin partition, settings by measure, closed virtual servers, files by node), objects with our prefix that
      are not ours (foreign), and what could not be read (not_read). After a removal it is read again.
  returned: always
  type: dict
removed:
  description: What was removed, in words.
  returned: always
  type: list
  elements: str
takes_away:
  description: The services from which the removal takes protection away although a node needs it, or would in check mode.
  returned: always
  type: list
  elements: str
decided:
  description: By whose decision the run takes protection away, and why, in words. Empty where it takes none away, or nobody is named.
  returned: always
  type: str
remarks:
  description: What stays as it is, and why.
  returned: always
  type: list
  elements: str
notes:
  description: What was done with the locks of other runs.
  returned: always
  type: list
  elements: str
report:
  description:
    - The same as lines for people; with O(remove) in check mode also the commands of the removal. Empty where nothing of ours was found.
  returned: always
  type: list
  elements: str
requests:
  description: The number of requests and of TLS connections.
  returned: always
  type: dict
"""
