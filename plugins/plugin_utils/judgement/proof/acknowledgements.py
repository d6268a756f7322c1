# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The acknowledgements of the inventory, with strict types, and their effect on a verdict. Pure.

An acknowledgement turns the exit code of a warning into 0, and nothing else: the word and the next action stay, and it is part of the reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from ...catalogue.acknowledgement import Acknowledgement, expired, in_force
from ...catalogue.entry_name import entry_name
from ...foundation.errors import InvalidInput
from ...traces.findings.finding import FINDING_ID
from .verdict_table import OK, VERDICTS, WARNING, Verdict, VerdictWord

VARIABLE = "tourniquet_acknowledgements"
EXAMPLE = "{verdict: reduces exposure, mitigation: cve_2019_19781, why: the upgrade is planned, who: J. Jansen, until: '2026-12-31'}"
KEYS = ("verdict", "mitigation", "finding", "policy", "why", "who", "until")
ACKNOWLEDGEABLE = tuple(str(word) for word, meaning in VERDICTS.items() if meaning.exit_code == WARNING)
"""The verdicts that are a warning. One that is critical or unknown needs somebody, whatever a person has written."""


def read_acknowledgements(host: str, values: Any) -> tuple[Acknowledgement, ...]:
    """Return the acknowledgements of a host.

    :param values: the value of the variable, or None
    :raises InvalidInput: naming the host, the entry and the fix
    """
    if values is None:
        return ()
    if not isinstance(values, list):
        raise _wrong(host, "must be a list")
    return tuple(_entry(host, number, value) for number, value in enumerate(values, 1))


def acknowledged(verdict: Verdict, found: Sequence[Acknowledgement], measure: str, today: date) -> Verdict:
    """Return a verdict with its acknowledgement: exit code 0 where one counts, and a word about one that has expired."""
    if VERDICTS[verdict.word].exit_code != WARNING:
        return verdict
    given = in_force(found, verdict.word, measure, today)
    if given is not None:
        return replace(verdict, reason=f"{verdict.reason} ({given})", exit_code=OK, acknowledged=given)
    past = expired(found, verdict.word, measure, today)
    if past is None:
        return verdict
    return replace(verdict, reason=f"{verdict.reason} (the acknowledgement by {past.who} expired on {past.until})")


def is_acknowledged(word: VerdictWord, found: Sequence[Acknowledgement], measure: str, today: date) -> bool:
    """Return True if a warning is acknowledged today."""
    return VERDICTS[word].exit_code == WARNING and in_force(found, word, measure, today) is not None


def _entry(host: str, number: int, value: Any) -> Acknowledgement:
    where = f"entry {number}"
    if not isinstance(value, Mapping):
        raise _wrong(host, f"{where} must be a mapping")
    unknown = sorted(str(key) for key in value if key not in KEYS)
    if unknown:
        raise _wrong(host, f"{where} has an unknown key {unknown[0]!r}")
    texts = {key: _text(host, where, key, value.get(key)) for key in KEYS}
    missing = next((key for key in ("why", "who", "until") if not texts[key]), None)
    if missing is not None:
        raise _wrong(host, f"{where} has no {missing}")
    if texts["policy"]:
        if texts["verdict"] or texts["finding"]:
            raise _wrong(host, f"{where}: policy stands alone or with mitigation")
    elif texts["finding"]:
        if texts["verdict"] or texts["mitigation"] or not FINDING_ID.fullmatch(texts["finding"]):
            raise _wrong(
                host,
                f"{where}: finding must be the 16 digits in brackets behind a finding, without verdict and mitigation",
            )
    elif not texts["verdict"] and not texts["mitigation"]:
        raise _wrong(host, f"{where} names neither a verdict nor a mitigation nor a finding nor a policy")
    if texts["verdict"] and texts["verdict"] not in ACKNOWLEDGEABLE:
        known = ", ".join(ACKNOWLEDGEABLE)
        raise _wrong(
            host, f"{where} names the verdict {texts['verdict']!r}; only a warning can be acknowledged: {known}"
        )
    until = _day(host, where, texts["until"])
    about = (texts["verdict"], str(entry_name(texts["mitigation"])), texts["finding"], texts["policy"])
    return Acknowledgement(texts["who"], texts["why"], until, *about)


def _text(host: str, where: str, key: str, value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _wrong(host, f"{where}: {key} must be text")
    return value.strip()


def _day(host: str, where: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _wrong(host, f"{where}: until is {text!r}, which is no day as 2026-12-31") from None


def _wrong(host: str, problem: str) -> InvalidInput:
    return InvalidInput(f"{host}: {VARIABLE}: {problem}. Write an entry as {EXAMPLE}.")
