# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of the action plugin of the same name, which runs on an execution node."""

DOCUMENTATION = r"""
module: slice_records
short_description: Write the change records that a controller does not have into a file
description:
  - Runs on an execution node, in a job that M(tourniquet.netscaler.sliced) sends. The files go home with the artifacts of the job.
  - A second file has the probes that the node has noted, by which a hunt on the controller knows them in the logs of the appliances.
  - Reads the directory of the change records of the node, and writes nothing there. Sends nothing to an appliance.
version_added: 0.2.0
options:
  known:
    description: By appliance the names of the change records that the controller has, each with its digest. Of other appliances nothing is written.
    type: dict
    required: true
  into:
    description: The file.
    type: path
    required: true
  known_probes:
    description: By appliance the time since when the controller needs the noted probes; empty for all. Of other appliances nothing is written.
    type: dict
    required: true
  probes_into:
    description: The file of the noted probes.
    type: path
    required: true
  records:
    description: The directory of the change records, into which those of the machines are merged. The default is that of the node.
    type: path
  record_key:
    description: The key of the controller.
    type: path
  allowed_signers:
    description: The list of known control nodes. The machines get it too.
    type: path
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
"""

EXAMPLES = r"""
- name: Send the change records home
  tourniquet.netscaler.slice_records:
    known: "{{ tourniquet_known_records }}"
    into: "{{ tourniquet_records_file }}"
    known_probes: "{{ tourniquet_known_probes }}"
    probes_into: "{{ tourniquet_probes_file }}"
"""

RETURN = r"""
msg:
  description: How much was written.
  returned: always
  type: str
"""
