# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of the action plugin of the same name, which runs on the control node."""

DOCUMENTATION = r"""
module: reopen
short_description: Open what a lockdown or a closing closed at a NetScaler appliance
description:
  - Enables exactly the virtual servers that M(tourniquet.netscaler.lockdown) disabled, by the change records. One that was disabled before stays
    so, and one that somebody else enabled since is reported and left as it is.
  - Refused where a mitigation of O(catalogue) would have a critical verdict (exposed, drifted, ineffective ...) once the virtual
    servers are open, for whatever reason they were closed. O(accept_exposure) opens them anyway, and the change record has what was accepted.
  - Refused too where something was not read, such as an admin partition that C(netscaler_partitions) leaves out, so that a verdict is unknown.
    Only O(accept_unread) opens them then, and the change record has what was not read.
  - Refused too where the change records do not show that it may be opened, by the exposure ledger. For each customer of what is opened the answer
    is C(open), C(patch_first), C(assume_compromised) or C(unknown). O(accept_exposure) accepts C(patch_first) and C(unknown), and O(second) all of them.
  - Proves that what answered before the lockdown answers again, and that a new log-on to the management works.
  - O(reason), O(ticket) and O(who) are mandatory, except in check mode.
version_added: 0.2.0
extends_documentation_fragment:
  - tourniquet.netscaler.appliance
  - tourniquet.netscaler.shared.change
  - tourniquet.netscaler.shared.lock
  - tourniquet.netscaler.shared.rollout
  - tourniquet.netscaler.shared.vservers
  - tourniquet.netscaler.shared.step
options:
  mitigation:
    description: The measure of the step. The action sets it.
    type: str
    default: ""
  catalogue:
    description: The directory that holds the entries of the catalogue. The default is the catalogue of this collection.
    type: path
  settings:
    description: The settings of the geoblock or the whitelists, for the steps V(countries) and V(paths).
    type: raw
  consents:
    description:
      - The directory of the register of consent, which gets an entry for each customer of what is reopened. By default C(consent), where the other
        files of the user are.
    type: path
  described:
    description: The customers by name, as in the inventory variable C(tourniquet_customers). Their C(language) is that of the page.
    type: dict
  step:
    description:
      - What was done to close it. V(off) enables the virtual servers that were disabled; for the others the measure is brought to what stays closed,
        or removed.
    type: str
    choices: [countries, partners, paths, notice, "off"]
    default: "off"
  force:
    description: Enable a virtual server although its address has changed since it was disabled.
    type: bool
    default: false
  accept_exposure:
    description:
      - Enable the virtual servers although the appliance is exposed once they are open, or although no record shows since when it is fixed. O(who) is
        the person who accepts it.
    type: bool
    default: false
  accept_unread:
    description:
      - Open the virtual servers although an admin partition, a node or a mitigation was not read, so that it may be exposed. O(who) is the person who
        accepts this, and the record says what was accepted.
    type: bool
    default: false
  second:
    description:
      - A second person, another one than O(who), who opens the virtual servers although the exposure ledger does not answer that they may be opened.
        The record says what was overruled.
    type: str
    default: ""
  acknowledgements:
    description:
      - A list of the policies of somebody else in front of ours that a person has acknowledged; see M(tourniquet.netscaler.status). Without it our
        measure behind such a policy does not count as proven.
    type: raw
  traces:
    description:
      - The file C(hunt.json) of a report of C(hunt.yml). Where the whole catalogue is asked for, the verdict has the word of that hunt beside it, and
        a compromise that it found decides. Without it nothing is said of traces.
    type: path
  desired:
    description:
      - By mitigation, C(version) and C(text), its rendered template, by which an appliance whose build needs a mitigation is judged. The default is
        rendered from O(catalogue).
    type: dict
"""

EXAMPLES = r"""
- name: Open the Gateway again, and leave the rest closed
  tourniquet.netscaler.reopen:
    appliance:
      nodes: ["192.0.2.11", "192.0.2.12"]
      user: tourniquet
      password: "{{ vault_netscaler_password }}"
      ca_file: appliances-ca.pem
      vips: [{name: gw, address: "198.51.100.10", kind: vpn}]
    reason: the fixed firmware runs, and the hunt found nothing
    ticket: CHG0045
    who: J. Jansen
    second: M. Vis # where the records do not show that it may be opened
    vips: [gw]
"""

RETURN = r"""
closures:
  description:
    - For each time for which a virtual server was or is closed, by our records, C(vserver), C(customer), C(step), C(since), C(until), C(minutes), and the
      C(decision) that is in force, with C(decided_by), C(expires) and C(overdue).
  returned: when something was closed
  type: list
  elements: dict
steps:
  description: The virtual servers that were or would be switched, with the lines in the form of ns.conf.
  returned: always
  type: list
  elements: dict
provenance:
  description: For each step that comes from a change record its object, the record, and why the record is trusted.
  returned: always
  type: list
  elements: dict
inverse:
  description: The lines that undo the changes, in order.
  returned: always
  type: list
  elements: str
vservers:
  description: Every virtual server with its state, the reason why it is not changed, the decision that keeps it closed, and its users and connections.
  returned: always
  type: list
  elements: dict
remarks:
  description: Other findings, which are left as they are.
  returned: always
  type: list
  elements: str
verdict:
  description: The worst verdict on the mitigations of the catalogue once the virtual servers are open, without requests from outside.
  returned: where something was opened, not in check mode
  type: dict
unproven:
  description: The virtual servers whose new state could not be proven from outside.
  returned: always
  type: list
  elements: str
exposure:
  description: The mitigations whose verdict is critical or unknown once the virtual servers are open, with this verdict; accepted if anything was opened.
  returned: always
  type: list
  elements: str
takes_away:
  description:
    - The services that are opened although a weakness has no protection then, or something was not read. C(reopen.yml) ends with 2 where there is one.
  returned: always
  type: list
  elements: str
decided:
  description: By whose decision these are opened, and why, in words. Empty where there are none, or nobody is named.
  returned: always
  type: str
answers:
  description:
    - For each customer of what is opened C(answer), its C(text), the C(sentences) for the customer by language, and the C(rows) of the ledger that decide.
  returned: where something is to be opened
  type: list
  elements: dict
unmatched:
  description: The requested VIPs that this appliance does not have.
  returned: always
  type: list
  elements: str
saved:
  description: True if the configuration is saved; null where the appliance does not report it.
  returned: always
  type: bool
record:
  description: The path of the change record.
  returned: always
  type: str
requests:
  description: The number of requests, in all and without those for the proof, and the number of TLS connections.
  returned: always
  type: dict
"""
