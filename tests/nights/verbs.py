# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each verb of the product, as playbooks have it: the actions of a night that are its runs, or why no night has one."""

from __future__ import annotations

from collections.abc import Mapping

ACTIONS: Mapping[str, tuple[str, ...]] = {
    "alarm": ("alarm",),
    "apply": ("apply", "observe", "apply_unsaved", "edited", "whitelist", "whitelist_counts", "geoblock", "geoblock_counts", "cover",
              "apply_2", "observe_2", "apply_unsaved_2"),
    "close": ("notice", "notice_of_one", "partners", "countries", "paths"),
    "doctor": ("doctor",),
    "end_sessions": ("end_sessions",),
    "evidence": ("evidence",),
    "hunt": ("hunt",),
    "leave": ("leave",),
    "lockdown": ("off",),
    "on_box": ("on_box", "on_box_off"),
    "plan": ("plan",),
    "read_logs": ("read_logs",),
    "reopen": ("reopen", "open_step"),
    "retire": ("retire", "retire_2"),
    "rollback": ("undo", "after_fix", "whitelist_off", "whitelist_undo", "geoblock_off", "geoblock_undo", "uncover", "undo_2", "after_fix_2"),
    "verify": ("verify", "verify_2"),
    "watch": ("watch",),
}  # fmt: skip
READ = ("status", "ledger", "letters", "audit")
"""The verbs that are read after each action."""
NOT_PLAYED: Mapping[str, str] = {
    "bootstrap": "it makes the user of the playbooks, as an administrator: nothing that a night reads names that user (tests/engine/test_bootstrap.py)",
    "catalogue": "it compares a bundle with the catalogue: no appliance takes part (tests/playbooks)",
    "consent": "it adds lines to a register beside the inventory, which letters are given: no appliance takes part (tests/unit)",
    "impact": "it counts requests in logs and says nothing of protection (tests/engine)",
    "learn": "it proposes lists from requests in logs, for a person to review (tests/engine)",
    "new_entry": "it makes an entry of the catalogue: no appliance takes part (tests/unit)",
    "prove": "a run sends thousands of requests, and removes all it makes (tests/engine/test_open_facts.py)",
    "signer": "it changes the list of allowed signers: no appliance takes part (tests/unit)",
    "sliced": "it starts another verb on several machines (tests/machines)",
}
"""By verb, why no night has it, and what plays it."""
