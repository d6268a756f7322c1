# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of the action plugin of the same name, which runs on the control node."""

DOCUMENTATION = r"""
module: impact
short_description: Report whom a measure would lock out, by recorded traffic
description:
  - Evaluates all responder policies of the appliance, without and with the measure, for the requests in logs. Counts the requests that would
    be newly blocked, their clients, and the rules and clauses that block them.
  - Reports what the logs lack, and how far back they reach. Without the address of the client and the virtual server the answer is
    "cannot tell", never that nobody would be locked out.
  - Reads only. Writes a report for each appliance and a page for all of them on the control node, in check mode not even that.
version_added: 0.1.0
extends_documentation_fragment:
  - tourniquet.netscaler.appliance
  - tourniquet.netscaler.shared.change
  - tourniquet.netscaler.shared.measure
  - tourniquet.netscaler.shared.document
  - tourniquet.netscaler.shared.logs
options:
  reports:
    description:
      - The directory of the reports, one JSON file for each appliance and C(impact.html) for all of them. By default C(reports/impact), where the
        other files of the user are.
    type: str
  fail_requests:
    description: Fail where more requests than this would or may be newly blocked.
    type: int
  fail_clients:
    description: Fail where more distinct clients than this would or may be locked out.
    type: int
  fail_percent:
    description: Fail where more than this share of the requests would or may be newly blocked, in percent.
    type: float
"""

EXAMPLES = r"""
- name: Report whom the whitelist would lock out
  tourniquet.netscaler.impact:
    appliance:
      nodes: ["192.0.2.11", "192.0.2.12"]
      user: tourniquet
      password: "{{ vault_netscaler_password }}"
      ca_file: appliances-ca.pem
      vips: [{name: gw, address: "198.51.100.10", kind: vpn}]
    mitigation: url_whitelist
    settings: "{{ netscaler_whitelists }}"
    logs:
      - {path: "logs/ns.log*", format: observe}
    fail_clients: 0
"""

RETURN = r"""
impact:
  description:
    - The conclusion (C(locks out), C(may lock out), C(cannot tell) or C(nobody in these logs)), what is not known, and by virtual server
      the requests and distinct clients that would or may be newly blocked, with the URLs and the clauses of rules that count most.
  returned: always, in C(diff.details) where the task fails
  type: dict
report:
  description: The same as lines for people.
  returned: always, in C(diff.details) where the task fails
  type: list
  elements: str
exceeded:
  description: The limits that are exceeded, as text.
  returned: always, in C(diff.details) where the task fails
  type: list
  elements: str
json:
  description: The path of the report of this appliance.
  returned: not in check mode
  type: str
page:
  description: The path of the page of all appliances.
  returned: not in check mode
  type: str
"""
