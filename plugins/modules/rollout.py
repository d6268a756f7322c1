# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of the action plugin of the same name, which runs on the control node."""

DOCUMENTATION = r"""
module: rollout
short_description: Decide which appliances go in which wave
description:
  - Runs once, after a play in check mode in which every appliance was planned with the same O(plans). Reads only
    these plans, and sends nothing to an appliance.
  - Appliances that could not be reached or whose plan was refused stop everything, unless they are accepted by name or by
    number. Appliances that are in the desired state are left out. The others are divided into waves, the canary first.
  - The next play takes the appliances and the sizes of the waves from the fact C(tourniquet_rollout) of C(localhost); so the
    task has C(run_once), C(delegate_to=localhost) and C(delegate_facts).
  - The actions that change something ask the rollout before their first request, and are held where more appliances have failed than
    may. An appliance that began and never ended has failed.
version_added: 0.1.0
extends_documentation_fragment:
  - tourniquet.netscaler.shared.waves
options:
  variables_of:
    description:
      - The role whose variables give the values of the other options, such as V(measure); its README has their names. A variable counts before what
        the task states. The inventory variables of P(tourniquet.netscaler.appliance#role) give C(appliance). So nothing else is required.
      - The roles of this collection use it, because a template for each option would cost more than the work.
    type: str
  plans:
    description:
      - The directory of the plans. Each run has a directory of its own in it. The default of the role is C(plans) beside the directory of the
        playbook.
    type: str
    required: true
  verb:
    description: The verb that is rolled out. V(plan) only shows the fleet.
    type: str
    choices: [plan, apply, rollback, retire, lockdown, close, reopen, end_sessions]
    required: true
  measure:
    description: The measure that is rolled out.
    type: str
    required: true
  drill:
    description: Practise a closing only. Nothing is decided, and how it went is written to O(drills), in the name of O(who).
    type: bool
    default: false
  records:
    description: The directory of the change records, which say which appliances the run of an undo has written to.
    type: path
  who:
    description: The name of the person who decides that all appliances go at once, or who does the drill.
    type: str
    default: ""
  ticket:
    description: The ticket of the change. It is part of the comments on the appliance and of the change record.
    type: str
    default: ""
  reason:
    description: The reason of the change, for the change record.
    type: str
    default: ""
attributes:
  check_mode:
    description: Can run in check mode; nothing is decided then.
    support: full
  diff_mode:
    description: Shows the plans of the fleet, those that are the same as one paragraph.
    support: full
  async:
    description: Can be used with the C(async) keyword.
    support: none
author:
  - Tourniquet maintainers (@tourniquet)
"""

EXAMPLES = r"""
- name: Decide which appliances go in which wave
  tourniquet.netscaler.rollout:
    plans: plans
    verb: apply
    measure: cve_2019_19781
    canary: [gw-amsterdam]
    accept_unreachable: 2
  run_once: true
  delegate_to: localhost
  delegate_facts: true
"""

RETURN = r"""
directory:
  description: The directory of this run's plans, with the summary and the journal.
  returned: success
  type: str
summary:
  description: The plans of the fleet in a few lines.
  returned: success
  type: list
  elements: str
page:
  description: The same without the reasons of the appliances that do not go; the screen has them at its end.
  returned: success
  type: list
  elements: str
held:
  description: The appliances that would have started, where others stop the rollout.
  returned: failure
  type: list
  elements: str
waits:
  description: By appliance that is not changed now, which job of M(tourniquet.netscaler.sliced) was lost and may still begin there, and until when.
  returned: when there are such appliances
  type: dict
"""
