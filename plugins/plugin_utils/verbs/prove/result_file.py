# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The result of a run as a file: JSON that the simulator loads, and a page that a person reads.

Neither has an address, a name or a text of the appliance: only its build, numbers, and words of this package. So it can be given to others as it is.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from ...foundation.counted import counted
from ...foundation.private_files import write_privately
from .by_hand import BY_HAND, FURTHER
from .experiment import Value, word
from .measurement import Measurement

FORMAT, VERSION = "tourniquet-open-facts", 1
REGISTER = "docs/reference/open-facts.md"


def result_values(found: Measurement, day: date) -> dict[str, Any]:
    """Return the content of the JSON file."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "build": found.build,
        "measured_on": day.isoformat(),
        "pair": found.is_pair,
        "experiments": [str(risk) for risk in found.risks],
        "requests": found.requests,
        "seconds": found.seconds,
        "settled": {
            fact: {"position": one.position, "experiment": one.experiment, "seen": dict(one.seen)}
            for fact, one in sorted(found.settled.items())
        },
        "open": {fact: {"reason": one.reason, "seen": dict(one.seen)} for fact, one in sorted(found.open.items())},
    }


def result_page(values: dict[str, Any]) -> str:
    """Return the same as a page in Markdown."""
    settled, still_open = values["settled"], values["open"]
    where = "a pair" if values["pair"] else "a standalone appliance"
    lines = [
        f"# The open facts of NetScaler {values['build']}",
        "",
        f"Measured on {values['measured_on']} at {where} with {counted(values['requests'], 'request')} in {values['seconds']:.1f} seconds.",
        f"Experiments: {', '.join(values['experiments'])}.",
        f"{REGISTER} of Tourniquet explains each fact. This page has no address, no name and no text of the appliance.",
        "",
        f"## Settled: {len(settled)}",
        "",
        "| fact | position | seen |",
        "|---|---|---|",
    ]
    lines += [f"| `{fact}` | `{word(one['position'])}` | {seen_text(one['seen'])} |" for fact, one in settled.items()]
    lines += ["", f"## Not settled: {len(still_open)}", ""]
    lines += [f"* `{fact}`: {open_text(fact, one['reason'], one['seen'])}" for fact, one in still_open.items()]
    lines += ["", f"## By hand: {len(BY_HAND)}", ""]
    lines += [f"* `{fact}`: {text}" for fact, text in BY_HAND.items()]
    return "\n".join([*lines, ""])


def seen_text(seen: Mapping[str, Value]) -> str:
    """Return observations with their values, in one line."""
    return ", ".join(f"{text}: {word(value)}" for text, value in seen.items())


def open_text(fact: str, reason: str, seen: Mapping[str, Value]) -> str:
    """Return why a fact is still open, what was seen, and how a person settles it, in one line."""
    return f"{reason}{f' ({seen_text(seen)})' if seen else ''}. {FURTHER.get(fact, '')}".rstrip()


def write_result(directory: Path, values: dict[str, Any]) -> tuple[Path, Path]:
    """Write both files, and return their paths. Their name has the build and a random number, not the appliance.

    :raises InvalidInput: where others may write to the directory
    :raises OSError: where they cannot be written
    """
    name = f"{values['build'].replace(' ', '-')}-{values['measured_on']}-{secrets.token_hex(3)}"
    data, page = directory / f"{name}.json", directory / f"{name}.md"
    write_privately(data, json.dumps(values, indent=1) + "\n")
    write_privately(page, result_page(values))
    return data, page
