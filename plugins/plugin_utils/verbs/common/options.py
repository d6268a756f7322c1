# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options that several action plugins share, as argument specifications of Ansible."""

from __future__ import annotations

from typing import Any

from ...appliance.nitro.appliance import VIP_KINDS
from ...catalogue.measure import Mode
from ...catalogue.run_parameters import Save, Unsaved
from .scope_words import FLEET

Options = dict[str, dict[str, Any]]
"""By the name of an option, its argument specification."""

UNSAVED: dict[str, Any] = {
    "type": "str",
    "choices": [*map(str, Unsaved)],
    "default": "refuse",
}
SAVE: dict[str, Any] = {"type": "str", "choices": [*map(str, Save)], "default": "proven"}

# Whose signatures of change records count, and the key that signs ours.
TRUST_OPTIONS: Options = {
    "record_key": {"type": "path"},
    "allowed_signers": {"type": "path"},
    "accept_record": {"type": "list", "elements": "str", "default": []},
    "accepted_by": {"type": "str", "default": ""},
}
COMMON_OPTIONS: Options = {
    "variables_of": {"type": "str"},
    "appliance": {"type": "raw", "required": True},
    "records": {"type": "path"},
    **TRUST_OPTIONS,
    "resign": {"type": "bool", "default": False},
    "ticket": {"type": "str", "default": ""},
    "reason": {"type": "str", "default": ""},
}
# Of the actions that change something: the directory in which this run keeps its plans, and a reviewed plan that must still hold.
ROLLOUT_OPTIONS: Options = {
    "plans": {"type": "str", "default": ""},
    "plan": {"type": "str", "default": ""},
}
MEASURE_OPTIONS: Options = {
    "mitigation": {"type": "str", "required": True},
    "catalogue": {"type": "path"},
    "settings": {"type": "raw"},
}
LOCK_OPTIONS: Options = {
    "lock": {"type": "bool", "default": True},
    "break_lock": {"type": "str", "default": ""},
}
DOCUMENT_OPTIONS: Options = {
    "document": {"type": "str", "default": ""},
    "version": {"type": "int", "default": 0},
    "mode": {"type": "str", "choices": [*map(str, Mode)], "default": str(Mode.ENFORCE)},
    "audit_log": {"type": "bool", "default": False},
    "as_of": {"type": "str", "default": ""},
}
# Of the actions that report the verdict on a measure.
VERDICT_OPTIONS: Options = {name: {"type": "raw"} for name in ("acknowledgements", "planned_fix", "opt_outs")}
# Of lockdown and reopen.
SWITCH_OPTIONS: Options = {
    **COMMON_OPTIONS,
    **ROLLOUT_OPTIONS,
    **LOCK_OPTIONS,
    "who": {"type": "str", "default": ""},
    "vips": {"type": "list", "elements": "str", "default": []},
    "kinds": {"type": "list", "elements": "str", "choices": list(VIP_KINDS), "default": list(VIP_KINDS)},
    "customers": {"type": "list", "elements": "str", "default": []},
    "consents": {"type": "path"},
    "partitions": {"type": "list", "elements": "str", "default": []},
    "scope": {"type": "str", "choices": ["", FLEET], "default": ""},
    "unsaved": UNSAVED,
    "save": SAVE,
}
# Of lockdown and close.
CLOSING_OPTIONS: Options = {
    **SWITCH_OPTIONS,
    "expires": {"type": "str", "default": ""},
    "longest": {"type": "int", "default": 72},
    "extend": {"type": "bool", "default": False},
    "described": {"type": "dict"},
    "without_consent": {"type": "bool", "default": False},
}
# Of close and reopen, for the steps that a measure carries out.
STEP_OPTIONS: Options = {
    "mitigation": {"type": "str", "default": ""},
    "catalogue": MEASURE_OPTIONS["catalogue"],
    "settings": MEASURE_OPTIONS["settings"],
    "partners": {"type": "raw"},
    "notice": {"type": "raw"},
    "described": {"type": "dict"},
    "policy_priority": {"type": "int", "default": 0},
    "accept_sleeping_policies": {"type": "list", "elements": "str", "default": []},
}
# Of impact and learn, which read logs.
LOG_OPTIONS: Options = {
    "logs": {"type": "raw"},
    "logs_below": {"type": "str", "default": "."},
    "fetch": {"type": "list", "elements": "str", "default": []},
    "since": {"type": "str", "default": ""},
    "until": {"type": "str", "default": ""},
    "workers": {"type": "int", "default": 0},
}
