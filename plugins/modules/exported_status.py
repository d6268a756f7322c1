# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of the action plugin of the same name, which runs on the control node."""

DOCUMENTATION = r"""
module: exported_status
short_description: Judge exported ns.conf files by the whole catalogue
description:
  - Reads a folder of exported ns.conf files, each as one appliance, and gives a verdict with one next action for each of them. No connection is made.
  - What a file does not tell is said in C(missing) of each verdict. These are the running build, the licence, the state of an HA pair, what is local to a
    node, and whether a measure works.
  - A file is of somebody else. It is bounded in size, links are not followed, and every name in it is data. One that cannot be read makes the task fail, and
    the others are judged.
version_added: 0.1.0
options:
  variables_of:
    description:
      - The role whose variables give the values of the other options, such as V(measure); its README has their names. A variable counts before what
        the task states. The inventory variables of P(tourniquet.netscaler.appliance#role) give C(appliance). So nothing else is required.
      - The roles of this collection use it, because a template for each option would cost more than the work.
    type: str
  source:
    description:
      - The folder. C(ns.conf) and C(NAME.ns.conf) are read anywhere in it, C(NAME.conf) in the folder itself and in folders of customers and sites,
        and the file of an admin partition in C(partitions/NAME/ns.conf) beside that of its node.
    type: path
    required: true
  catalogue:
    description: The directory that holds the entries of the catalogue. The default is the catalogue of this collection.
    type: path
  mitigation:
    description:
      - The id of an entry of the catalogue, such as V(cve_2019_19781), or of a measure of the inventory, such as V(url_whitelist).
      - Empty means every entry of the catalogue. No probes are possible then.
    type: str
    default: ""
  as_of:
    description:
      - The date as of which the verdict is given, as V(2020-01-15). Empty means today.
      - The verdict as of today is always returned too.
    type: str
    default: ""
  plan:
    description: Give each appliance a C(report) too, the lines that M(tourniquet.netscaler.apply) would bring in, with those that undo them.
    type: bool
    default: false
  fail_at:
    description: Fail where the exit code of the verdict is this or more; V(4) never fails.
    type: int
    choices: [1, 2, 3, 4]
    default: 4
attributes:
  check_mode:
    description: Can run in check mode; it is the same there.
    support: full
  diff_mode:
    description: Changes nothing, so there is no difference to show.
    support: none
  async:
    description: Can be used with the C(async) keyword.
    support: none
author:
  - Tourniquet maintainers (@tourniquet)
requirements:
  - netaddr
"""

EXAMPLES = r"""
- name: Judge what a customer sent
  tourniquet.netscaler.exported_status:
    source: exports/brouwer
    fail_at: 2
  run_once: true
"""

RETURN = r"""
files:
  description: By the name of each appliance, its result, in the form of M(tourniquet.netscaler.status) without a mitigation; or C(problem).
  returned: always, in C(diff.details) where the task fails
  type: dict
exit_code:
  description: The worst exit code of a verdict.
  returned: always
  type: int
"""
