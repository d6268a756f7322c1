# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the product can say, from its own declarations and the source of its pages: a sentence that is new there is of no kind here, which is an error."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.end_page import COLOURS

ENGINE = Path(__file__).parents[2] / "plugins" / "plugin_utils"
PAGES = ("appliance_lines", "closed_report", "catalogue_page", "protection_lines", "end_page")
"""The modules that write the page at the end of a run."""
PARTS: Mapping[str, str] = {
    **dict.fromkeys(("needs ", "corrected: ", "today: ", "drift: ", "customers: ", "next: ", "found: "), "indented below an appliance"),
    **dict.fromkeys(("the oldest since ", "fixes planned until ", "no fix planned"), "in a line of debts"),
    **dict.fromkeys((". It stays closed to everybody (", "by record ", "record ", "due at ", "closed "), "in a line of what is closed"),
    **dict.fromkeys(("; late too: ", "; traces of an intrusion were not looked for", "exit code "), "the end of a line"),
}  # fmt: skip
"""By how a text begins that is no line of its own, where it is."""
NOT_IN_A_NIGHT: Mapping[str, str] = {
    "DECISION OVERDUE ": "the name of a customer follows, with which text_claims reads it",
    "opted out of ": "no inventory of a night opts out of an entry",
    "catalogue in use: ": "no night has a bundle",
    "sessions in all: ": "of end_sessions.yml: a night reads the page of a status",
    "minutes closed in all: ": "of a fleet that is read in slices",
    "no appliance has the virtual server ": "of a run with a scope: a status has none",
    "no appliance has the ": "of a run with a scope: a status has none",
    "TOTAL  ": "the line of totals is of the callback, which nights do not have",
    "note: ": "of a run that changed something",
}
"""By how a line begins that nothing in a night says, the reason."""


def line_heads() -> set[str]:
    """Return how the texts begin that the page at the end of a run can have, as far as they are written there."""
    trees = [ast.parse((ENGINE / "verbs" / "pages" / f"{name}.py").read_text(encoding="utf-8")) for name in PAGES]
    heads = {head for tree in trees for head in _heads(tree)}
    return {one for one in heads if re.match(r"(\s{4})?[A-Za-z.;][^\\]{4,}$", one)}


def decision_heads() -> set[str]:
    """Return how the decisions of a report begin."""
    tree = ast.parse((ENGINE / "verbs" / "run_report" / "decisions.py").read_text(encoding="utf-8"))
    calls = [one for one in ast.walk(tree) if isinstance(one, ast.Call) and _name(one.func) == "_row"]
    written = [head for call in calls if (head := _head(call.args[2]))]
    named = [one for one in ast.walk(tree) if isinstance(one, ast.Assign) and _name(one.targets[0]) == "what"]
    return {*written, *(head for one in named if (head := _head(one.value)))}


def vex_statuses() -> set[str]:
    """Return the words of a VEX document for a product."""
    tree = ast.parse((ENGINE / "verbs" / "run_report" / "vex.py").read_text(encoding="utf-8"))
    texts = {one.value for one in ast.walk(tree) if isinstance(one, ast.Constant) and isinstance(one.value, str)}
    return {one for one in texts if re.fullmatch(r"fixed|known_\w+|under_\w+|first_\w+|last_\w+|recommended", one)}


def exit_codes() -> set[str]:
    """Return the codes of a verdict."""
    return {*map(str, COLOURS)}


def _heads(tree: ast.Module) -> Iterator[str]:
    nested = {
        id(part)
        for one in ast.walk(tree)
        if isinstance(one, ast.JoinedStr)
        for part in ast.walk(one)
        if part is not one and isinstance(part, ast.JoinedStr)
    }
    for one in ast.walk(tree):
        if isinstance(one, ast.JoinedStr) and id(one) not in nested:
            yield _head(one)


def _head(node: ast.expr) -> str:
    """Return how a text begins: what is written before the first value in it."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.BinOp):
        return _head(node.left)
    if isinstance(node, ast.JoinedStr) and node.values and isinstance(node.values[0], ast.Constant):
        return str(node.values[0].value)
    return ""


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""
