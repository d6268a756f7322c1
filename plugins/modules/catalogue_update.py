# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of the action plugin of the same name, which runs on the control node."""

DOCUMENTATION = r"""
module: catalogue_update
short_description: Look at a signed bundle of the catalogue, take it, go back, or pack one
description:
  - Without options it reports which catalogue is in use. With O(bundle) the signature and every entry of a bundle are checked, and its differences to the
    catalogue in use are reported; with O(source) also what it changes for exported configurations.
  - Nothing of a bundle is looked at before its signature counts, and nothing of it is executed. No appliance is touched.
version_added: 0.1.0
extends_documentation_fragment:
  - tourniquet.netscaler.shared.bundle
options:
  variables_of:
    description:
      - The role whose variables give the values of the other options, such as V(measure); its README has their names. A variable counts before what
        the task states. The inventory variables of P(tourniquet.netscaler.appliance#role) give C(appliance). So nothing else is required.
      - The roles of this collection use it, because a template for each option would cost more than the work.
    type: str
  take:
    description: Take the bundle - each run uses it from then on.
    type: bool
    default: false
  go_back:
    description: Go back to the bundle that was in use before, or to the entries of the release.
    type: bool
    default: false
  pack:
    description: The file into which a bundle is packed, which must not exist. A person signs it then with C(ssh-keygen).
    type: path
  entries_of:
    description: The directory of the entries that are packed. The default is that of your own entries.
    type: path
  number:
    description: The number of the packed bundle, which must grow. The default is the present minute, as V(202611281200).
    type: int
    default: 0
  about:
    description: One line about the packed bundle.
    type: str
    default: ""
  source:
    description: A folder of exported C(ns.conf) files, for which the bundle is compared with the catalogue in use.
    type: path
  cve_records:
    description:
      - A CVE record (CVE JSON 5), or a directory of them, that you have brought. It is compared with the catalogue in use, train by train, and
        RV(differences) has each difference. Nothing is decided by it.
    type: path
  as_of:
    description:
      - The date as of which the verdict is given, as V(2020-01-15). Empty means today.
      - The verdict as of today is always returned too.
    type: str
    default: ""
  fail_at:
    description:
      - The run fails where the exit code is this number or higher - 1 somebody has more to do or a CVE record differs, 3 something could not be
        compared. With V(4) only an appliance or a file that was not compared fails it.
    type: int
    choices: [1, 2, 3, 4]
    default: 4
attributes:
  check_mode:
    description: Checks everything, and writes nothing.
    support: full
  diff_mode:
    description: Shows no difference; the lines of the result say what was found or done.
    support: none
  async:
    description: Can be used with the C(async) keyword.
    support: none
author:
  - Tourniquet maintainers (@tourniquet)
"""

EXAMPLES = r"""
- name: Look at a bundle
  tourniquet.netscaler.catalogue_update:
    bundle: 202611281200.tar
"""

RETURN = r"""
lines:
  description: What a person reads.
  returned: always
  type: list
  elements: str
verb:
  description: Whose page it is, V(catalogue).
  returned: always
  type: str
appliances:
  description: By appliance or exported configuration, what the bundle changes; a problem where it was not compared.
  returned: always
  type: dict
exit_code:
  description: 0 nobody has more to do, 1 somebody has or a CVE record differs, 3 something could not be compared.
  returned: always
  type: int
differences:
  description:
    - Where O(cve_records) and the catalogue differ, each with C(cve), C(entry), C(train), C(ours), C(theirs) and C(safer).
  returned: always
  type: list
  elements: dict
must_fail:
  description: The play is to fail.
  returned: always
  type: bool
"""
