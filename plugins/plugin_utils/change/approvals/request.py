# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The text that approvers sign: the seals of all plans of one run, until a time. Pure but for its file.

```
tourniquet-approval 2
verb: apply
measure: cve_2019_19781
plan: 20260101T020000.000000Z-0123456789
expires: 2026-01-02T02:00:00+00:00
demand: <SHA-256 of what the inventory demands; several where groups of hosts demand different things>
signers: <SHA-256 of the list of allowed signers>
digest: <SHA-256 of the lines of the appliances>
<seal of the plan> v2 <appliance>
```
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ...foundation.bounded_file import read_bounded
from ...foundation.errors import InvalidInput
from ...foundation.private_files import write_privately
from .digests import SHOWN

FILE = "approval.txt"
FIRST_LINE = "tourniquet-approval 2"
EARLIER = "tourniquet-approval 1\n"
"""How a text of an earlier version begins. It names neither the demand nor the list of allowed signers."""
LIFETIME = timedelta(hours=24)
LONGEST = 4_000_000  # characters; 10,000 appliances need 1 million
_WORD = r"[A-Za-z0-9][A-Za-z0-9_.-]*"
_SHA256 = r"[0-9a-f]{64}"
_TEXT = re.compile(
    rf"{FIRST_LINE}\nverb: ({_WORD})\nmeasure: ({_WORD})\nplan: ({_WORD})\nexpires: ([0-9T:+-]{{25}})\n"
    rf"demand: ({_SHA256}(?:,{_SHA256})*)\nsigners: ({_SHA256})\ndigest: ({_SHA256})\n((?:.+\n)+)"
)
_LINE = re.compile(r"([0-9a-f]{64} v[0-9]{1,9}) (.+)")


@dataclass(frozen=True)
class ApprovalRequest:
    """What is to be approved.

    :ivar verb: of the plans, such as apply
    :ivar plan: the name of the directory with the plans
    :ivar expires: the time (UTC, whole seconds) from which on no approval of it counts
    :ivar seals: by appliance, the seal of its plan and the version of the measure
    :ivar demands: the digests of what the inventory demands, in alphabetical order
    :ivar signers: the digest of the list of allowed signers
    """

    verb: str
    measure: str
    plan: str
    expires: datetime
    seals: Mapping[str, str]
    demands: tuple[str, ...]
    signers: str

    @property
    def text(self) -> str:
        """Return the text that is signed."""
        return (
            f"{FIRST_LINE}\nverb: {self.verb}\nmeasure: {self.measure}\nplan: {self.plan}\n"
            f"expires: {self.expires.isoformat()}\ndemand: {','.join(self.demands)}\nsigners: {self.signers}\n"
            f"digest: {self.digest}\n{self._lines}"
        )

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the lines of the appliances."""
        return hashlib.sha256(self._lines.encode()).hexdigest()

    @property
    def id(self) -> str:
        """Return the SHA-256 of the whole text, by which a record names it."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def _lines(self) -> str:
        return "".join(f"{self.seals[host]} {host}\n" for host in sorted(self.seals))

    def problem(self, now: datetime, demand: str, signers: str) -> str:
        """Return why it cannot be approved at a time, as half a sentence; "" where it can.

        :param demand: the digest of what the inventory demands now
        :param signers: the digest of the list of allowed signers now
        """
        if signers != self.signers:
            return (
                f"the plan was made under another list of allowed signers (SHA-256 {self.signers[:SHOWN]}) than that of now ({signers[:SHOWN]}): "
                "plan again, and have the new text signed"
            )
        if demand not in self.demands:
            return (
                f"the plan was made under another demand for approvals (SHA-256 {', '.join(one[:SHOWN] for one in self.demands)}) than that of now "
                f"({demand[:SHOWN]}): plan again, and have the new text signed"
            )
        if now >= self.expires:
            return f"the plan could be approved until {self.expires:%Y-%m-%d %H:%M} UTC only"
        if self.expires - now > LIFETIME:
            return f"the plan asks for approvals until {self.expires:%Y-%m-%d %H:%M} UTC, and they count for {LIFETIME.days * 24} hours at most"
        return ""

    def write(self, directory: Path) -> None:
        """Write the file that approvers sign.

        :raises InvalidInput: where the directory cannot be written to, or a name has characters that would make another line of it
        """
        if parse_request(self.text) != self:
            raise InvalidInput("the name of an appliance or measure cannot be signed. Give it printable characters.")
        try:
            write_privately(directory / FILE, self.text)
        except OSError as error:
            raise InvalidInput(
                f"{directory / FILE} cannot be written ({error.strerror}). Make room there or make it writable, or name another one: -e plans=..."
            ) from error


def sealed(seal: str, version: object) -> str:
    """Return a seal and a version as the text has them."""
    return f"{seal} v{version}"


def expiry(now: datetime) -> datetime:
    """Return the time until which what is planned now can be approved and applied."""
    return (now + LIFETIME).astimezone(UTC).replace(microsecond=0)


def read_request(directory: Path) -> ApprovalRequest | None:
    """Return what is to be approved; None where the directory has no such file.

    :raises InvalidInput: where the file is not such a text, is a link, or somebody else could have written it
    """
    path = directory / FILE
    try:
        text = read_bounded(path, LONGEST)
    except FileNotFoundError:
        return None
    if text.startswith(EARLIER):
        raise InvalidInput(
            f"{path} was written by an earlier version of Tourniquet, and names neither the demand nor the list of allowed signers: "
            "plan again, and have the new text signed"
        )
    request = parse_request(text)
    if request is None:
        raise InvalidInput(f"{path} is not what a plan wrote: make a new plan")
    return request


def parse_request(text: str) -> ApprovalRequest | None:
    """Return what a text asks to approve; None where it is not in exactly this form."""
    match = _TEXT.fullmatch(text)
    lines = [_LINE.fullmatch(line) for line in match[8].split("\n")[:-1]] if match else []
    if match is None or any(line is None or not line[2].isprintable() for line in lines):
        return None
    try:
        expires = datetime.fromisoformat(match[4])
    except ValueError:
        return None
    seals = {line[2]: line[1] for line in lines if line}
    demands = tuple(match[5].split(","))
    request = ApprovalRequest(match[1], match[2], match[3], expires, seals, demands, match[6])
    return request if request.text == text else None
