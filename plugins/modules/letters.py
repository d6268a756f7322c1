# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of the action plugin of the same name, which runs on the control node."""

from __future__ import annotations

DOCUMENTATION = r"""
module: letters
short_description: Write a letter to each customer, a call list and the clocks of duties
description:
  - Writes what each customer has to know, in Dutch and English, as text, HTML and a mail that a mail program opens as a draft. Nothing is sent.
  - Letters have numbers and replace each other. What was wrong in the last one is said, by comparing the facts that it told with those of the file.
  - The task fails before the first file is written where a fact is not valid, or a letter of before was changed.
version_added: 0.1.0
options:
  variables_of:
    description:
      - The role whose variables give the values of the other options, V(letters).
    type: str
  facts_file:
    description: The file of facts, in JSON or YAML. It adds to those of the ledger; one of both is needed.
    type: path
  ledger:
    description: The C(ledger.json) that M(tourniquet.netscaler.fleet_page) writes.
    type: path
  entries:
    description: The entries of the catalogue that the letters are about; needed with a ledger.
    type: list
    elements: str
    default: []
  next_message:
    description: When customers hear again, and until when they decide, with a time zone; needed with a ledger.
    type: str
    default: ""
  catalogue:
    description: The directory of the catalogue. The default is that of the collection.
    type: path
  sender:
    description: The person whom customers can call, with C(name), C(mail) and C(phone).
    type: dict
    required: true
  addressees:
    description: The customers by name, as in the inventory variable C(tourniquet_customers), with their language and contacts.
    type: dict
  consents:
    description: The directory of the register of consent; its entries are facts too. A register that was changed fails the task.
    type: path
  templates:
    description: A directory with templates of your own, which count before those of the collection.
    type: path
  time_zone:
    description: The time zone of the times in a letter.
    type: str
    default: Europe/Amsterdam
  written:
    description: The time of the letters, with a time zone. Empty for the present time.
    type: str
    default: ""
  letters:
    description: The directory of the letters.
    type: path
    required: true
  record_key:
    description: The file of the private key that signs what each letter told.
    type: path
  allowed_signers:
    description: The list of the control nodes whose letters count.
    type: path
attributes:
  check_mode:
    description: Makes all letters, and writes nothing.
    support: full
  diff_mode:
    description: Shows no difference; the letter itself says what changed.
    support: none
  async:
    description: Can be used with the C(async) keyword.
    support: none
author:
  - Tourniquet maintainers (@tourniquet)
"""

EXAMPLES = r"""
- name: Write the letters
  tourniquet.netscaler.letters:
    facts_file: facts.json
    letters: letters
    sender:
      name: S. Bakker
      mail: s.bakker@example.com
      phone: +31 20 555 0199
    addressees: "{{ tourniquet_customers }}"
"""

RETURN = r"""
directory:
  description: The directory of the letters.
  returned: always
  type: str
letters:
  description: By customer, the number of the letter, whether it is new, its TLP label, and how many statements of the last letter it corrects.
  returned: always
  type: list
  elements: dict
report:
  description: The call list, and what a person must know beside it, as lines.
  returned: always
  type: list
  elements: str
"""
