# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Proof from the appliance itself: its own evaluation of a rule before it is bound.

``policyevaluation`` takes a rule and the raw text of a request (NITRO reference, policyevaluation). It has no connection, so
CLIENT.SSLVPN.IS_SSLVPN is replaced by TRUE and by FALSE, and a rule that depends on the client's address is not evaluated for
a case that names its client. Only a definite wrong answer counts against a rule; an error, a missing answer and a request that
the text cannot carry are "not checked".
"""

from __future__ import annotations

import json
import os
import re
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
    RequestOutcome,
    RequestResult,
    request_of,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.folder import safe_name

SAMPLE = 6  # requests
EVALUATIONS = "evaluations"
"""The subdirectory of the records' directory for the results of evaluations."""
STALE_CLAIM = 600.0  # seconds
MAX_INPUT = 2048  # characters
"""The longest request that is sent: it is part of the URL of a GET, of which no source states how long it may be."""
SHOWN = 5
_CLIENT_ADDRESS = re.compile(r"\bCLIENT\s*\.\s*IP(V6)?\s*\.\s*SRC\b", re.IGNORECASE)
_TEXT = re.compile(r"[\t\r\n -~]*")


@dataclass(frozen=True)
class Evaluation:
    """The results of the appliance's own evaluation.

    :ivar findings: one for each request; undetermined where the appliance gave no definite answer
    :ivar nanoseconds: the average time that it states for one evaluation, or None
    :ivar not_evaluated: the requests that it was not asked about, in words, with the reason
    """

    findings: tuple[Finding, ...] = ()
    nanoseconds: int | None = None
    not_evaluated: tuple[str, ...] = ()

    @property
    def checked(self) -> int:
        """The number of requests with a definite answer."""
        return sum(finding.result.outcome is not RequestOutcome.UNDETERMINED for finding in self.findings)

    def remarks(self) -> list[str]:
        """Return the requests that were not evaluated, in words: the first SHOWN, and the number of the others."""
        every = list(dict.fromkeys(self.not_evaluated))
        texts = [f"not evaluated by the appliance: {text}" for text in every[:SHOWN]]
        more = len(every) - SHOWN
        return texts + ([f"not evaluated by the appliance: {more} more requests"] if more > 0 else [])


def evaluate_on_appliance(
    session: Session, rules: tuple[str, str], cases: Iterable[tuple[TrafficCase, bool]]
) -> Evaluation:
    """Have the appliance evaluate a rule on some requests. Reads only; nothing needs to be bound.

    :param rules: the rule outside and inside a session, from :func:`without_connection`
    """
    findings, times, not_evaluated = [], [], []
    for case, in_session in cases:
        reason = why_not_evaluated(case, rules[in_session])
        if reason:
            findings.append(Finding(case, in_session, RequestResult(RequestOutcome.UNDETERMINED)))
            not_evaluated.append(f"{case}: {reason}")
            continue
        text = http_request_text(request_of(case, in_session))
        try:
            rows = session.read(
                "policyevaluation", args={"expression": rules[in_session], "type": "HTTP_REQ", "input": text}
            )
        except NitroError:
            rows = []
        row: Mapping[str, object] = rows[0] if rows else {}
        findings.append(Finding(case, in_session, RequestResult(_outcome(row))))
        measured = str(row.get("pitboolevaltime", ""))
        if measured.isdecimal():
            times.append(int(measured))
    return Evaluation(tuple(findings), sum(times) // len(times) if times else None, tuple(not_evaluated))


def why_not_evaluated(case: TrafficCase, rule: str) -> str:
    """Return why ``policyevaluation`` cannot be asked for a rule's answer to a case, in words; "" where it can."""
    if case.client and _CLIENT_ADDRESS.search(rule):
        return "policyevaluation has no connection, so no client address"
    return _why_not_carried(case)


def _why_not_carried(case: TrafficCase) -> str:
    """Return why the text of a request does not stand for a case, in words; "" where it does."""
    if case.chunked:
        return "whether policyevaluation decodes a body in chunks is not documented"
    text = http_request_text(request_of(case, session=False))
    if not _TEXT.fullmatch(text):
        return "policyevaluation takes text, and the request holds other bytes"
    if len(text) > MAX_INPUT:
        return f"the request has {len(text)} bytes, and at most {MAX_INPUT} are sent to policyevaluation"
    return ""


def _outcome(row: Mapping[str, object]) -> RequestOutcome:
    answer = str(row.get("pitboolresult", "")).upper()
    if row.get("pitboolerrorresult") or answer not in ("TRUE", "FALSE"):
        return RequestOutcome.UNDETERMINED
    return RequestOutcome.BLOCKED if answer == "TRUE" else RequestOutcome.PASSED


def sample(traffic: Traffic, size: int = SAMPLE) -> list[tuple[TrafficCase, bool]]:
    """Return a few requests of both kinds, spread over the traffic. What the appliance can evaluate is preferred."""
    chosen: list[tuple[TrafficCase, bool]] = []
    for every in (traffic.attacks, traffic.legitimate):
        cases = [case for case in every if not case.client and not _why_not_carried(case)] or every
        step = max(1, len(cases) // (size // 2))
        chosen += [(case, case.sessions()[-1]) for case in cases[::step][: size // 2]]
    return chosen


class SharedEvaluation:
    """One appliance of each build evaluates the whole traffic; the others evaluate a sample, and use its wrong answers.

    There is one file for each build, rule and traffic in the records' directory. The first run creates it empty, and writes
    the result when it has one. An empty file that is older than STALE_CLAIM seconds is left over from a run that died.
    """

    def __init__(self, records: Path, build: Build, rule: str, traffic: Traffic) -> None:
        name = f"{safe_name(str(build))}-{sha256(f'{traffic.fingerprint} {rule}'.encode()).hexdigest()[:16]}"
        self.path = records / EVALUATIONS / name

    def claim(self) -> bool:
        """Return True if this appliance is to evaluate the whole traffic. False too where the directory cannot be written."""
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
        """Write the result to the file. Without any definite answer the file is deleted, so that another appliance may try."""
        try:
            if not evaluation.checked:
                self.path.unlink()
                return
            wrong = [str(finding) for finding in evaluation.findings if finding.is_wrong]
            temporary = self.path.with_name(f".{self.path.name}.{os.getpid()}")
            temporary.write_text(json.dumps({"checked": evaluation.checked, "wrong": wrong}), encoding="utf-8")
            temporary.replace(self.path)
        except OSError:
            pass  # the empty file expires

    def wrong_answers(self) -> list[str]:
        """Return the definite wrong answers that an appliance of this build gave, in words."""
        try:
            content = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return []
        return [str(text) for text in content.get("wrong", [])] if isinstance(content, dict) else []
