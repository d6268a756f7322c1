# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The command policies of docs/how-to/least-privilege.md and docs/reference/rights.md, made of the table of the rights."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.nsconf_writer import quote
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.mitigation.kind import ID as MITIGATION
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.registry import all_kinds, kinds_with_rights
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.command_patterns import (
    MARK,
    command_patterns,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.rights import Extra, Right
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rights import (
    needed_rights,
    rights_of_extra,
    with_rights,
)

from tests.architecture.graph import ROOT

PAGE = ROOT / "docs" / "how-to" / "least-privilege.md"
BESIDES_PAGE = ROOT / "docs" / "reference" / "rights.md"
POLICY, BESIDES = "the command policy", "what needs more rights"
BASE = ("plan", "apply", "verify", "status", "rollback", "retire")
# By name of the table, what a reader calls it.
_NAMES = {
    "audit_log": "`measure_audit_log: true`",
    "fetch_logs": "logs that `impact.yml`, `learn.yml` and `close.yml` fetch",
    "closing_steps": "the steps `partners` and `notice`",
    "whole_catalogue": "`status.yml` for the whole catalogue",
    "node_local": "`-e node_local=true`",
    "node_local_reboot": "`-e node_local_reboot=true`",
    "partitions": "admin partitions",
}


def policy() -> list[str]:
    """Return the commands that make the user by hand."""
    (pattern,) = command_patterns(needed_rights(BASE, [MITIGATION]))
    return [
        "```text",
        f"add system cmdPolicy tourniquet ALLOW {quote(pattern)}",
        "add system user tourniquet PASSWORD -externalAuth DISABLED -allowedManagementInterface API",
        "bind system user tourniquet tourniquet 100",
        "```",
    ]


def besides() -> list[str]:
    """Return what each other playbook, measure and setting needs besides, as lines of Markdown."""
    return list(_besides())


def _besides() -> Iterator[str]:
    base = set(needed_rights(BASE, [MITIGATION]))
    for playbook in (name for name in with_rights() if name not in BASE):
        yield _line(f"`{playbook}.yml`", needed_rights([playbook], [MITIGATION]), base)
    for kind in (name for name in kinds_with_rights() if name != MITIGATION):
        yield _line(all_kinds()[kind].named, needed_rights(BASE, [kind]), base)
    for extra in Extra:
        rights = dict.fromkeys(right for verb in with_rights() for right in rights_of_extra(extra, verb))
        yield _line(_NAMES[extra], rights, base)


def _line(name: str, rights: Iterable[Right], base: set[Right]) -> str:
    more = [right for right in rights if right not in base]
    return f"* {name}: " + (f"`{_unmarked(more)}`" if more else "nothing else")


def _unmarked(rights: Sequence[Right]) -> str:
    return "|".join(pattern.removeprefix(f"(^{MARK}$)|") for pattern in command_patterns(rights))
