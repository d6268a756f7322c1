# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The packages that make statements, as the table of ``make lies`` names them, with their modules."""

from __future__ import annotations

from pathlib import Path

ENGINE = Path(__file__).parents[2] / "plugins" / "plugin_utils"
PACKAGES: dict[str, tuple[str, ...]] = {
    "verdict": ("judgement/proof", "judgement/verdicts", "verbs/status"),
    "course": ("judgement/course",),
    "ledger": ("judgement/exposure", "judgement/exposure_reads", "verbs/ledger"),
    "letters": ("customers/letters",),
    "duties": ("customers/letters/duties.py", "customers/letters/impact.py"),
    "lists": ("customers/letters/call_list.py", "verbs/run_report/decisions.py"),
    "reports": ("verbs/run_report", "verbs/pages"),
    "alarm": ("verbs/alarm", "traces/alarm_state"),
    "hunt": ("verbs/hunt", "traces/findings", "traces/hunting", "traces/log_reading"),
    "next": (
        *("foundation/next_action.py", "judgement/proof/next_action.py", "judgement/verdicts/next_actions.py"),
        "verbs/pages/next_lines.py",
    ),
    "audit": ("verbs/audit", "change/records/audit.py"),
}


def package_of(module: str) -> str:
    """Return the package of a module, such as ``judgement/course/loss.py``: that of the longest path that fits; "" where it makes no statements."""
    fits = [
        (len(path), name)
        for name, paths in PACKAGES.items()
        for path in paths
        if module == path or module.startswith(f"{path}/")
    ]
    return max(fits)[1] if fits else ""


def modules_of(package: str) -> list[str]:
    """Return the modules of a package, relative to the engine."""
    every = (str(path.relative_to(ENGINE)) for path in sorted(ENGINE.rglob("*.py")))
    return [one for one in every if package_of(one) == package]
