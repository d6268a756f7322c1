# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The language of a letter: short sentences, no technical words, and no promise that nobody can keep. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

MOST_WORDS = 15
"""The most words of a sentence."""
# "Not vulnerable" was said of appliances in January 2020 that were; "no attacks" can't be known where logs end.
NEVER: Mapping[str, tuple[str, ...]] = {
    "nl": ("niet kwetsbaar", "geen aanval", "geen aanvallen", "volledig veilig", "100%"),
    "en": ("not vulnerable", "no attack", "no attacks", "completely safe", "100%"),
}
# What a director does not know without asking. Whole words.
JARGON: Mapping[str, tuple[str, ...]] = {
    "nl": (
        *(
            "appliance",
            "vserver",
            "vip",
            "nitro",
            "responder",
            "policy",
            "patch",
            "patchen",
            "firmware",
            "build",
            "exploit",
        ),
        *(
            "mitigatie",
            "gemitigeerd",
            "compromittatie",
            "gecompromitteerd",
            "kwetsbaarheid",
            "netscaler",
            "citrix",
            "adc",
        ),
        *("gateway", "remote code execution", "probe", "hit counter", "hunt", "ioc", "log file", "logging", "rollback"),
    ),
    "en": (
        *(
            "appliance",
            "vserver",
            "vip",
            "nitro",
            "responder",
            "policy",
            "patch",
            "patched",
            "firmware",
            "build",
            "exploit",
        ),
        *("mitigation", "mitigated", "compromise", "compromised", "vulnerability", "netscaler", "citrix", "adc"),
        *("gateway", "remote code execution", "probe", "hit counter", "hunt", "ioc", "rollback"),
    ),
}
_END = re.compile(r"(?<=[.!?:])\s+(?=[^a-z])|\n+")
# A template's value counts as one word; what it becomes is checked in the finished letter.
_VALUE = re.compile(r"\{\{.*?\}\}")
_TAG = re.compile(r"\{%.*?%\}")


def sentences_of(text: str) -> list[str]:
    """Return the sentences of a text."""
    return [sentence for sentence in map(str.strip, _END.split(text)) if sentence]


def problems_of(text: str, language: str) -> list[str]:
    """Return what is wrong with a text or its template, as clauses."""
    filled = _VALUE.sub("x", _TAG.sub(" ", text))
    plain = " ".join(filled.casefold().split())
    found = [f"a letter never says {words!r}" for words in NEVER.get(language, ()) if words in plain]
    found += [
        f"{word!r} is a technical word"
        for word in JARGON.get(language, ())
        if re.search(rf"\b{re.escape(word)}\b", plain)
    ]
    for sentence in sentences_of(filled):
        if len(sentence.split()) > MOST_WORDS:
            found.append(
                f"a sentence has {len(sentence.split())} words, and {MOST_WORDS} are the most: {sentence[:60]}..."
            )
    return found
