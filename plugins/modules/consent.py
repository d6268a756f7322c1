# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of the action plugin of the same name, which runs on the control node."""

DOCUMENTATION = r"""
module: consent
short_description: Write down what a customer has answered, or list the last answer of all
description:
  - Adds an entry to the register of consent of a customer. The register is signed and chained, and nothing in it is ever changed.
  - Without a state it lists the last entry of each customer that the inventory or the register names, who is still to be asked first.
  - The task fails where an entry was changed, is missing, or is signed by nobody we know.
version_added: 0.1.0
options:
  variables_of:
    description:
      - The role whose variables give the values of the other options, such as V(measure); its README has their names. A variable counts before what
        the task states. The inventory variables of P(tourniquet.netscaler.appliance#role) give C(appliance). So nothing else is required.
      - The roles of this collection use it, because a template for each option would cost more than the work.
    type: str
  customer:
    description: The customer, as in C(tourniquet_customers) or C(netscaler_customer). Mandatory with a state.
    type: str
    default: ""
  new_state:
    description: What has happened, V(advised), V(agreed), V(refused), V(closed) or V(reopened). Empty to list.
    type: str
    default: ""
  who:
    description: The person who advised, agreed, refused, closed or reopened. Mandatory with a state.
    type: str
    default: ""
  how:
    description: The way, such as V(by telephone). Mandatory with a state.
    type: str
    default: ""
  at:
    description: When it was said, such as V(2020-01-17T14:00:00+01:00). The default is the present time.
    type: str
    default: ""
  ticket:
    description: The ticket of the change. It is part of the comments on the appliance and of the change record.
    type: str
    default: ""
  note:
    description: What else is to be known, in one line.
    type: str
    default: ""
  described:
    description: The customers by name, as in the inventory variable C(tourniquet_customers). One with C(consent) must agree to a closing.
    type: dict
  consents:
    description: The directory of the register. By default C(consent), where the other files of the user are.
    type: path
    required: true
  record_key:
    description: The file of the private key that signs an entry. The default is C(record_key) in C($XDG_STATE_HOME/tourniquet).
    type: path
  allowed_signers:
    description: The list of the control nodes whose entries count. The default is C(allowed_signers) beside the inventory.
    type: path
attributes:
  check_mode:
    description: Checks the entry, and writes nothing.
    support: full
  diff_mode:
    description: Shows no difference; the report has the entry.
    support: none
  async:
    description: Can be used with the C(async) keyword.
    support: none
author:
  - Tourniquet maintainers (@tourniquet)
"""

EXAMPLES = r"""
- name: Write down that a customer has agreed
  tourniquet.netscaler.consent:
    customer: Brouwer
    new_state: agreed
    who: A. Brouwer
    how: by telephone
    described: "{{ tourniquet_customers }}"
    consents: consent
"""

RETURN = r"""
register:
  description: The directory of the register.
  returned: always
  type: str
customers:
  description: >-
    By customer, the last entry (C(state), C(who), C(when), C(how), C(ticket), C(note)), whether the customer must agree and has agreed to a closing, and
    why its entries do not count (C(problem)).
  returned: always
  type: list
  elements: dict
report:
  description: The entry that was written, or a line for each customer.
  returned: always
  type: list
  elements: str
"""
