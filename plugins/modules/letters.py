# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of the action plugin of the same name, which runs on the control node."""

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
      - The role whose variables give the values of the other options, such as V(measure); its README has their names. A variable counts before what
        the task states. The inventory variables of P(tourniquet.netscaler.appliance#role) give C(appliance). So nothing else is required.
      - The roles of this collection use it, because a template for each option would cost more than the work.
    type: str
  facts_file:
    description: The file of facts, in JSON or YAML. It adds to those of the ledger; one of both is needed.
    type: path
  ledger:
    description:
      - The C(ledger.json) of C(ledger.yml). Its facts are about the virtual servers of a customer that the inventory names, or about appliances.
    type: path
  entries:
    description: The entries of the catalogue that the letters are about, such as V([cve_2019_19781]). Mandatory with a ledger.
    type: list
    elements: str
    default: []
  next_message:
    description: When customers hear again, and until when they decide, such as V(2020-01-18T09:00:00+00:00). Mandatory with a ledger.
    type: str
    default: ""
  catalogue:
    description: The directory that holds the entries of the catalogue. The default is the catalogue of this collection.
    type: path
  sender:
    description:
      - >-
        The person whom customers can call, with V(name), V(mail) and V(phone), such as V({name: S. Bakker, mail: s.bakker@example.com, phone: +31 20
        555 0199}).
    type: dict
    required: true
  addressees:
    description: The customers by name, as in the inventory variable C(tourniquet_customers), with their language and contacts.
    type: dict
  consents:
    description: The directory of the register of consent, whose entries are facts too. By default C(consent), where the other files of the user are.
    type: path
  templates:
    description:
      - A directory with templates of your own, which count before those of C(templates/letters). A file that is not in it is taken from there.
    type: path
  time_zone:
    description: The time zone of the times in a letter.
    type: str
    default: Europe/Amsterdam
  written:
    description: The time of the letters, such as V(2020-01-17T14:00:00+00:00), for a drill. The default is the present time.
    type: str
    default: ""
  letters:
    description: The directory of the letters. By default C(letters), where the other files of the user are.
    type: path
    required: true
  record_key:
    description: The file of the private key that signs what each letter told. The default is C(record_key) in C($XDG_STATE_HOME/tourniquet).
    type: path
  allowed_signers:
    description: The list of the control nodes whose letters count. The default is C(allowed_signers) beside the inventory.
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
