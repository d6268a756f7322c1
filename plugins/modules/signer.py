# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of the action plugin of the same name, which runs on the control node."""

DOCUMENTATION = r"""
module: signer
short_description: Put the public key of this control node into the list of allowed signers
description:
  - A control node signs its change records. Other control nodes use them only if its public key is in their list of allowed signers. This adds the
    line of this control node to such a list, and makes the key where it does not exist. The private key is never shown.
  - A key that is in the list already is not added again.
version_added: 0.1.0
options:
  variables_of:
    description:
      - The role whose variables give the values of the other options, such as V(measure); its README has their names. A variable counts before what
        the task states. The inventory variables of P(tourniquet.netscaler.appliance#role) give C(appliance). So nothing else is required.
      - The roles of this collection use it, because a template for each option would cost more than the work.
    type: str
  record_key:
    description:
      - The file of the Ed25519 private key, in the form of OpenSSH. The default is C(record_key) in C($XDG_STATE_HOME/tourniquet), which is
        C(~/.local/state/tourniquet).
    type: path
  allowed_signers:
    description:
      - The list of known control nodes, in the format of C(allowed_signers) of OpenSSH. The default of the role is that beside the inventory.
    type: path
    required: true
  principal:
    description: The name of this control node in the list. The default is user@control node.
    type: str
    default: ""
attributes:
  check_mode:
    description: Shows whether the line would be added, and writes nothing.
    support: full
  diff_mode:
    description: Shows the line that is added.
    support: full
  async:
    description: Can be used with the C(async) keyword.
    support: none
author:
  - Tourniquet maintainers (@tourniquet)
requirements:
  - cryptography
"""

EXAMPLES = r"""
- name: Let other control nodes use our records
  tourniquet.netscaler.signer:
    allowed_signers: allowed_signers
"""

RETURN = r"""
allowed_signers:
  description: The path of the list.
  returned: success
  type: str
key:
  description: The path of the private key.
  returned: success
  type: str
line:
  description: The line of this control node; empty in check mode where the key does not exist yet.
  returned: success
  type: str
"""
