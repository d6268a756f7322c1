# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Proof from the appliance itself: its own evaluation of a rule before it is bound, and its hit counters afterwards.

``policyevaluation`` has no connection, so CLIENT.SSLVPN.IS_SSLVPN is replaced by true and by false. Only a definite wrong
answer counts against a rule; an error or a missing answer is "not checked" (NITRO reference, policyevaluation).
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic import Traffic, TrafficCase
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import NitroError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.expressions import (
    http_request_text,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.builds import Build
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.policy_bank import (
    Finding,
    Outcome,
    Treatment,
    request_of,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.folder import safe_name

SAMPLE = 6
EVALUATIONS = "evaluations"
"""What appliances and this engine made of rules: the directory in that of the records."""
STALE_CLAIM = 600.0  # seconds


@dataclass(frozen=True)
class Evaluation:
    """What the appliance itself said.

    :ivar findings: one for each request; undetermined where the appliance gave no definite answer
    :ivar nanoseconds: the average time that it states for one evaluation, or None
    """

    findings: tuple[Finding, ...] = ()
    nanoseconds: int | None = None

    @property
    def checked(self) -> int:
        return sum(finding.treatment.outcome is not Outcome.UNDETERMINED for finding in self.findings)


def evaluate_on_appliance(
    session: Session, rules: tuple[str, str], cases: Iterable[tuple[TrafficCase, bool]]
) -> Evaluation:
    """Have the appliance evaluate a rule on some requests. Reads only; nothing needs to be bound.

    :param rules: what :func:`without_connection` makes of it
    """
    findings, times = [], []
    for case, in_session in cases:
        text = http_request_text(request_of(case, in_session))
        try:
            rows = session.read(
                "policyevaluation", args={"expression": rules[in_session], "type": "HTTP_REQ", "input": text}
            )
        except NitroError:
            rows = []
        row: Mapping[str, object] = rows[0] if rows else {}
        findings.append(Finding(case, in_session, Treatment(_outcome(row))))
        measured = str(row.get("pitboolevaltime", ""))
        if measured.isdecimal():
            times.append(int(measured))
    return Evaluation(tuple(findings), sum(times) // len(times) if times else None)


def _outcome(row: Mapping[str, object]) -> Outcome:
    answer = str(row.get("pitboolresult", "")).upper()
    if row.get("pitboolerrorresult") or answer not in ("TRUE", "FALSE"):
        return Outcome.UNDETERMINED
    return Outcome.BLOCKED if answer == "TRUE" else Outcome.PASSED


def sample(traffic: Traffic, size: int = SAMPLE) -> list[tuple[TrafficCase, bool]]:
    """A few requests of both kinds, spread over the traffic."""
    chosen: list[tuple[TrafficCase, bool]] = []
    for cases in (traffic.attacks, traffic.legitimate):
        step = max(1, len(cases) // (size // 2))
        chosen += [(case, case.sessions()[-1]) for case in cases[::step][: size // 2]]
    return chosen


class SharedEvaluation:
    """The whole traffic is evaluated by one appliance of each build; the others take a sample, and its wrong answers.

    One file for each build, rule and traffic in the records' directory. Whoever comes first makes it empty, and fills it
    when it is done; an empty one that is old belongs to a run that died, and counts for nothing.
    """

    def __init__(self, records: Path, build: Build, rule: str, traffic: Traffic) -> None:
        name = f"{safe_name(str(build))}-{sha256(f'{traffic.fingerprint} {rule}'.encode()).hexdigest()[:16]}"
        self.path = records / EVALUATIONS / name

    def claim(self) -> bool:
        """Whether this appliance is the one. A directory that cannot be written to means that nobody's claim is known."""
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if (
                self.path.exists()
                and not self.path.stat().st_size
                and time.time() - self.path.stat().st_mtime > STALE_CLAIM
            ):
                self.path.unlink()
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except OSError:
            return False
        return True

    def publish(self, evaluation: Evaluation) -> None:
        """Fill the file with what was found; where the appliance gave no definite answer, another one may try."""
        try:
            if not evaluation.checked:
                self.path.unlink()
                return
            wrong = [str(finding) for finding in evaluation.findings if finding.is_wrong]
            temporary = self.path.with_name(f".{self.path.name}.{os.getpid()}")
            temporary.write_text(json.dumps({"checked": evaluation.checked, "wrong": wrong}), encoding="utf-8")
            temporary.replace(self.path)
        except OSError:
            pass  # the claim runs out by its age

    def wrong_answers(self) -> list[str]:
        """The definite wrong answers that an appliance of this build gave, in words."""
        try:
            content = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return []
        return [str(text) for text in content.get("wrong", [])] if isinstance(content, dict) else []
