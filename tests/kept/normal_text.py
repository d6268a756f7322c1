# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The text of an output without what differs from run to run: addresses, times, digests, keys, and how long something took."""

from __future__ import annotations

import re

# The order counts: a time is looked for before a day.
REPLACED: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), put)
    for pattern, put in (
        (r"\x1b\[[0-9;]*m", ""),
        (r"\S*\.venv/bin/(ansible-playbook)\b", r"\1"),  # a person has it on the path, or not
        (r"127\.\d+\.\d+\.\d+(?::\d+)?", "<address>"),
        (r"\b(?:SHA256:[A-Za-z0-9+/]{43}=?|(?:[0-9A-Fa-f]{2}:){19,31}[0-9A-Fa-f]{2})", "<fingerprint>"),
        (r"ssh-ed25519 [A-Za-z0-9+/=]+", "<public key>"),
        (r"\d{8}T\d{6}(?:\.?\d+)?Z?(?:-[0-9a-f]+)?", "<run>"),
        (r"\b\d{4}-\d\d-\d\d[T ]\d\d[:.]\d\d(?:[:.]\d\d)?(?:\.\d+)?(?:Z|[+-]\d\d:\d\d| UTC)?", "<time>"),
        (r"\b\d\d:\d\d:\d\d(?:\.\d+)?\b", "<time>"),
        (r"\b2026-1[12]-\d\d\b|\b202[7-9]-\d\d-\d\d\b", "<time>"),
        (r"\b\d\d? (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b", "<time>"),
        (r"\b\d[\d,]* bytes", "<count> bytes"),
        (r"\b[\d,]+ days (behind|ahead)\b", r"<count> days \1"),
        (r"requests in [\d,]+ lines", "requests in <count> lines"),
        (r"the most: <address> of \S+", "the most: <address> of <host>"),
        (r"\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{6,64}\b", "<digest>"),
    )
)
DURATION = re.compile(r"\b\d+(?:[.,]\d+)* ?(?:s|ms|ns|seconds?|minutes?)\b")


def normalised(text: str, replaced: dict[str, str], *, durations: bool = True) -> str:
    """Return a text with placeholders.

    :param replaced: by a text of this run, such as its directory, its placeholder; the longest are replaced first
    :param durations: False where a number with an s is no duration, as in a URL
    """
    for said in sorted(replaced, key=len, reverse=True):
        text = text.replace(said, replaced[said])
    for pattern, put in REPLACED:
        text = pattern.sub(put, text)
    text = DURATION.sub("<duration>", text) if durations else text
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())
