# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options that all modules of the collection share."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  variables_of:
    description:
      - The role whose variables say what the task does not, such as V(measure) for C(measure_save). Those of
        P(tourniquet.netscaler.catalogue#role) and the inventory variables of P(tourniquet.netscaler.appliance#role) are taken as
        well, so nothing else is required.
      - A variable comes before what the task says. The roles of this collection use it, because a template for each option costs
        more than the work.
    type: str
  appliance:
    description:
      - How to reach the appliance, and what is known of it, by the names of the inventory variables without C(netscaler_);
        P(tourniquet.netscaler.appliance#role) documents each.
      - Checked strictly by type before anything is sent.
    type: raw
    required: true
  records:
    description:
      - The directory of the change records on the control node. One file per run and appliance, written before the first
        write to the appliance and after every step. It holds no secrets.
    type: path
    required: true
  ticket:
    description: The ticket of the change. It stands in the comments on the appliance and in the change record.
    type: str
    default: ""
  reason:
    description: Why the change is made, for the change record.
    type: str
    default: ""
attributes:
  check_mode:
    description: Can run in check mode and tell what would change. Only reads, login, logout and the session's switch to an
      admin partition reach the appliance then.
    support: full
  diff_mode:
    description: Shows the lines in the form of C(ns.conf), with their inverse.
    support: full
  async:
    description: Can be used with the C(async) keyword.
    support: none
author:
  - Tourniquet maintainers (@tourniquet)
requirements:
  - ahocorasick-rs
  - lark
  - netaddr
"""

    MEASURE = r"""
options:
  mitigation:
    description:
      - The id of an entry of the catalogue, such as V(cve_2019_19781), or of a measure that the inventory asks for, such as
        V(url_whitelist).
    type: str
    required: true
  catalogue:
    description: The directory that holds the entries of the catalogue.
    type: path
    required: true
  settings:
    description:
      - What the inventory asks for of a measure, such as C(netscaler_whitelists) for V(url_whitelist) and the variables that begin with
        C(geoblock_) for V(geoblock). A mitigation has none.
    type: raw
"""

    LOCK = r"""
options:
  lock:
    description:
      - Take the lock of the appliance before anything is written to it, so that two runs cannot collide. It is a small file on
        every node; the user must be allowed to write it.
      - With V(false) nothing keeps others out, and the result says so.
    type: bool
    default: true
  break_lock:
    description:
      - Why somebody else's lock may be broken; empty never breaks one. Make sure that their run is dead.
      - The reason stands in the change record.
    type: str
    default: ""
"""

    DOCUMENT = r"""
options:
  document:
    description:
      - The desired state as YAML text, in NITRO's own type and attribute names; usually a rendered template.
      - Unknown types and attributes, and values of a wrong type, are errors that name the line.
    type: str
    required: true
  version:
    description: The version of the mitigation that the document describes.
    type: int
    required: true
  as_of:
    description:
      - The date as of which the verdict is given, as V(2020-01-15). Empty means today.
      - Today's verdict is always returned beside it.
    type: str
    default: ""
"""

    ROLLOUT = r"""
options:
  plans:
    description:
      - The directory of the plans, where the task is part of a rollout; see M(tourniquet.netscaler.rollout). In check mode the
        plan is kept there; else the appliance asks there whether it may go, and says there what became of it.
      - Empty means that the task stands for itself.
    type: str
    default: ""
  plan:
    description:
      - The directory of a plan that was reviewed, C(<plans>/<time>-<run>). The appliance is planned again; where that plan is
        not the same, nothing is changed, and what has changed since is told. The file itself is never executed.
    type: str
    default: ""
"""

    LOGS = r"""
options:
  logs:
    description:
      - Where recorded requests are, as a list of sources. Each has C(path), with C(*) and C(?) if wanted, and may have C(format)
        (C(observe), C(web), C(httpaccess), C(json) or C(auto)), C(vip) (whose requests these are, where the lines do not say it), C(date_order)
        (C(MDY), C(DMY) or C(YMD)) and C(fields) (of JSON, by fact the key that holds it).
      - Turned-over and gzip parts are read too.
    type: raw
  logs_below:
    description: Relative paths in O(logs) are below this directory.
    type: str
    default: .
  fetch:
    description:
      - Logs to fetch from the nodes over NITRO, with their turned-over parts, as C(ns.log), C(httpaccess.log) and C(httpaccess-vpn.log).
        The user must be allowed C(show system file). They are deleted afterwards.
    type: list
    elements: str
    default: []
  since:
    description: The first day, as V(2020-01-01). Empty means as far back as the logs reach.
    type: str
    default: ""
  until:
    description: The last day. Empty means up to the end of the logs, or, to learn from, before the exploit became public.
    type: str
    default: ""
  workers:
    description: How many processes read the logs; V(0) means one for each core.
    type: int
    default: 0
"""
