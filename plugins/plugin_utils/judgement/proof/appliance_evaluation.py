# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Proof from the appliance itself: its own evaluation of a rule before it is bound.

``policyevaluation`` takes a rule and the raw text of a request (NITRO reference, policyevaluation). It has no connection, so
CLIENT.SSLVPN.IS_SSLVPN is replaced by TRUE and by FALSE, and a rule that depends on the client's address is not evaluated for
a case that names its client. Only a definite wrong answer counts against a rule; an error, a missing answer and a request that
the text cannot carry are "not checked".
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from ...appliance.nitro.builds import Build
from ...appliance.nitro.rows import whole
from ...appliance.nitro.session import Session
from ...appliance.nitro.side_by_side import read_side_by_side
from ...appliance.nitro.url_encoding import encode_args
from ...catalogue.traffic import Traffic, TrafficCase
from ...change.records.records_folder import safe_name
from ...foundation.counted import counted
from ...foundation.errors import InvalidInput, NitroError
from ...foundation.private_files import make_private_directory, open_private, read_privately, write_privately
from ...policies.policy_bank import CaseResult, RequestOutcome, RequestResult, request_of
from ...policy_language import http_request_text

SAMPLE = 6  # requests
EVALUATIONS = "evaluations"
"""The subdirectory of the records' directory that says which appliances evaluate the whole traffic."""
STALE_CLAIM = 600.0  # seconds
MOST_FILES = 512
"""The largest number of files there: the builds of a fleet times the rules of its measures are some dozens."""
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

    findings: tuple[CaseResult, ...] = ()
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
        return texts + ([f"not evaluated by the appliance: {counted(more, 'more request')}"] if more > 0 else [])


def evaluate_on_appliance(
    session: Session, rules: tuple[str, str], cases: Iterable[tuple[TrafficCase, bool]]
) -> Evaluation:
    """Have the appliance evaluate a rule on some requests. Reads only; nothing needs to be bound.

    :param rules: the rule outside and inside a session, from :func:`without_connection`
    """
    cases = list(cases)
    reasons = [why_not_evaluated(case, rules[in_session]) for case, in_session in cases]
    asked = [one for one, reason in zip(cases, reasons, strict=True) if not reason]
    answers = iter(read_side_by_side(session, "policyevaluation", [_question(rules, *one) for one in asked]))
    findings, times, not_evaluated = [], [], []
    for (case, in_session), reason in zip(cases, reasons, strict=True):
        if reason:
            findings.append(CaseResult(case, in_session, RequestResult(RequestOutcome.UNDETERMINED)))
            not_evaluated.append(f"{case}: {reason}")
            continue
        rows = next(answers)
        row: Mapping[str, object] = rows[0] if rows and not isinstance(rows, NitroError) else {}
        findings.append(CaseResult(case, in_session, RequestResult(_outcome(row))))
        measured = whole(row.get("pitboolevaltime"))
        if measured is not None:
            times.append(measured)
    return Evaluation(tuple(findings), sum(times) // len(times) if times else None, tuple(not_evaluated))


def _question(rules: tuple[str, str], case: TrafficCase, in_session: bool) -> dict[str, str]:
    """Return NITRO's args of one evaluation."""
    text = http_request_text(request_of(case, in_session))
    return {"expression": rules[in_session], "type": "HTTP_REQ", "input": text}


def question_urls(rules: tuple[str, str], cases: Iterable[tuple[TrafficCase, bool]]) -> Iterator[str]:
    """Yield the URLs of the questions about some requests: a rule and a request are part of each, so a rule in place on URLs may match it."""
    for case, in_session in cases:
        if not why_not_evaluated(case, rules[in_session]):
            yield f"/nitro/v1/config/policyevaluation?args={encode_args(_question(rules, case, in_session))}"


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
    """Which of the appliances of a build evaluate the whole traffic, and which a sample.

    The first run evaluates all of it. The others evaluate a sample, unless that appliance gave a wrong answer: then each evaluates all. No answer
    of one appliance is used for another, neither a right nor a wrong one, because one of them may lie (docs/decisions/0028).

    There is one file for each build, rule and traffic in the records' directory. The first run creates it empty, and writes the
    numbers of its answers when it has them. An empty file that is older than STALE_CLAIM seconds is left over from a run that died.
    """

    def __init__(self, records: Path, build: Build, rule: str, traffic: Traffic) -> None:
        name = f"{safe_name(str(build))}-{sha256(f'{traffic.fingerprint} {rule}'.encode()).hexdigest()[:16]}"
        self.path = records / EVALUATIONS / name
        self._is_first = False

    def needs_all(self) -> bool:
        """Return True if this appliance is to evaluate the whole traffic. False where the directory cannot be written."""
        try:
            self._is_first = self._claim()
        except OSError:
            return False
        return self._is_first or self._others_were_wrong()

    def publish(self, evaluation: Evaluation) -> None:
        """Write the numbers of the first run's answers. Without any definite answer the file is deleted, so that another appliance may try."""
        if not self._is_first:
            return
        with contextlib.suppress(OSError):  # the empty file expires
            if not evaluation.checked:
                self.path.unlink()
                return
            wrong = sum(finding.is_wrong for finding in evaluation.findings)
            write_privately(self.path, json.dumps({"checked": evaluation.checked, "wrong": wrong}))

    def _claim(self) -> bool:
        """Create the file, if it does not exist yet.

        :raises OSError: where the directory cannot be written
        """
        make_private_directory(self.path.parent)
        with contextlib.suppress(FileNotFoundError):
            status = self.path.stat()
            if status.st_size or time.time() - status.st_mtime <= STALE_CLAIM:
                return False
            self.path.unlink(missing_ok=True)
        self._tidy()
        try:
            os.close(open_private(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        except FileExistsError:
            return False
        return True

    def _others_were_wrong(self) -> bool:
        """Return True unless the first run still evaluates, or gave no wrong answer.

        A file that others could have written counts for nothing and is deleted: it is not needed, so it must not keep an appliance exposed.
        """
        try:
            text = read_privately(self.path)
            return bool(text) and json.loads(text)["wrong"] != 0
        except FileNotFoundError:
            return False
        except InvalidInput:
            with contextlib.suppress(OSError):
                self.path.unlink()
            return True
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return True

    def _tidy(self) -> None:
        """Delete the oldest files: an appliance may report another build each time."""
        files = sorted(self.path.parent.iterdir(), key=lambda path: path.lstat().st_mtime)
        for path in files[: max(0, len(files) - MOST_FILES + 1)]:
            path.unlink(missing_ok=True)
