# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of the action plugin of the same name, which runs on the control node."""

DOCUMENTATION = r"""
module: new_entry
short_description: Make an entry of your own of the catalogue, or check the one that is there
description:
  - Makes the files of an entry in the directory of your own entries, with C(FILL IN) at each place that a person fills in. Where the entry is there, it is
    checked - its files, its facts, its templates, and each rule against the traffic - and a page for a reviewer is written beside it.
  - Nothing of an entry is executed, and no appliance is touched. The task fails where the entry is not right, and names each problem.
version_added: 0.1.0
options:
  variables_of:
    description:
      - The role whose variables give the values of the other options, such as V(measure); its README has their names. A variable counts before what
        the task states. The inventory variables of P(tourniquet.netscaler.appliance#role) give C(appliance). So nothing else is required.
      - The roles of this collection use it, because a template for each option would cost more than the work.
    type: str
  entry:
    description: The id of the entry, which is the name of its directory, such as V(cve_2027_1234).
    type: str
    required: true
  form:
    description:
      - What a new entry brings in. V(template) is a responder policy with its traffic, V(setting) an attribute of existing objects, V(none) no
        measure.
    type: str
    choices: [none, template, setting]
    default: none
  publish:
    description:
      - Pin the digests of an entry that is right, in C(published.txt) beside it. From then on a change of a published revision or template is
        refused.
    type: bool
    default: false
  unknown_attributes:
    description:
      - Pin the digests although nothing here knows an attribute of its preconditions. A misspelt one would say V(not affected) of every appliance, so
        compare it with the NITRO reference first.
    type: bool
    default: false
  own_entries:
    description: The directory of your own entries. The default is C(catalogue) beside the inventory.
    type: path
attributes:
  check_mode:
    description: Checks the entry, and writes nothing.
    support: full
  diff_mode:
    description: Shows no difference; the report says what was made.
    support: none
  async:
    description: Can be used with the C(async) keyword.
    support: none
author:
  - Tourniquet maintainers (@tourniquet)
"""

EXAMPLES = r"""
- name: Make an entry with a responder policy, or check it
  tourniquet.netscaler.new_entry:
    entry: cve_2027_1234
    form: template
"""

RETURN = r"""
entry:
  description: The id of the entry.
  returned: always
  type: str
directory:
  description: Its directory.
  returned: always
  type: str
problems:
  description: What is wrong with it, each with file and line or field; empty where it may be used.
  returned: always
  type: list
  elements: str
report:
  description: What was made or found, as lines.
  returned: always
  type: list
  elements: str
"""
