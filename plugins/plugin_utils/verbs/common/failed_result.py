# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The result of a task that failed: Ansible prints all of it but its diff, so everything but the message is there. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

REFUSED = "refused"
"""The key of a failed result that says that nothing was begun: the operator's mistake, or a plan that may not be carried out."""
DETAILS = "details"
"""The key of the diff of a failed result under which its other values are."""
KEPT_OF_A_FAILURE = (
    *("measure", "version", "appliance", "verdict", "verdict_today", "as_of", "catalogue", "conflicts"),
    *("record", "requests", "partitions", "lock", "notes", "not_agreed", "closures", "takes_away", "is_closed"),
)
VERDICTS_OF_A_RESULT = ("verdict", "verdict_today")


def short_failure(
    values: dict[str, Any], problem: str, *, refused: bool = False, unreachable: bool = False
) -> dict[str, Any]:
    """Return a failed result of which Ansible prints the message only: it prints all of a failed result but its diff.

    :param refused: nothing was begun
    :param unreachable: Ansible counts the host as unreachable, and not as failed
    """
    preview = values["diff"]["prepared"]
    details = {name: value for name, value in values.items() if name not in ("changed", "failed", "msg", "diff")}
    return {
        "changed": False,
        "unreachable" if unreachable else "failed": True,
        **({REFUSED: True} if refused else {}),
        "msg": problem,
        "diff": {"prepared": preview, DETAILS: {**details, "preview": preview.splitlines()}},
    }


def whole_result(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return a result with the values that :func:`short_failure` put into its diff."""
    diff = result.get("diff")
    details = diff.get(DETAILS) if isinstance(diff, Mapping) else None
    if not isinstance(diff, Mapping) or not isinstance(details, Mapping):
        return dict(result)
    return {**details, **result, "diff": {name: value for name, value in diff.items() if name != DETAILS}}


def verdict_suffix(result: Mapping[str, Any]) -> str:
    """Return the end of the message of a failed result that names its verdict; "" where there is none, or the message begins with it."""
    word = (whole_result(result).get("verdict") or {}).get("word", "")
    return "" if not word or str(result.get("msg", "")).startswith(f"{word}: ") else f" (verdict: {word})"
