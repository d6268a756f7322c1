# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The sentences of a letter that stand behind the one which names services and times: a reader's list, with what each of them says of its fact."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

CAUSES: Mapping[str, str] = {
    "observing": r"(Since then we|We) let the emergency measure only watch( then)?\.",
    "taken_off": r"We took the emergency measure off\.",
    "opened": r"Access was opened again\.",
    "opened_by_others": r"Somebody else opened access\. We did not do that\.",
    "bypassed": r"The vendor said that the emergency measure does not stop every attack\.",
    "not_proven": r"We changed the emergency measure and (have|had) no proof that it work(s|ed)\.",
    "changed": r"The emergency measure (is|was) not as we left it\. We did not change it\.",
    "partly": r"The emergency measure (does|did) not hold for everything on the device\.",
    "passed": r"The emergency measure (does|did) not stop the attack\.",
    "ineffective": r"The version on the device (does|did) not carry out the emergency measure\.",
    "older_build": r"The device ha(s|d) gone back to a version with the weak spot\.",
    "outdated": r"The device ha(s|d) changed since our proof, so the proof (does|did) not count any more\.",
    "not_known": r"We do not know what (is|was) on the device (now|then)\.",
}
"""By what ended a protection, the words for it."""
PROOFS: Mapping[str, str] = {
    "probe": r"We tried the attack ourselves from outside, and it was stopped\.",
    "evaluation": r"The device judged our examples of the attack itself, and rejected them\.",
    "record": r"This proof is in our records\.",
    "hits": r"The counter of the device shows that the measure stops the attack\.",
}
_SPAN = r"[\w :.,-]+"
TAILS: tuple[str, ...] = (
    rf"That was: {_SPAN}\.",
    rf"And \d+ more after that\. The last one lasted until {_SPAN}\.",
    rf"Together that lasted (at most )?{_SPAN}\.",
    rf"The first time was on {_SPAN}\. The last time was on {_SPAN}\.",
    r"Visitors see only a page that says so\.",
    r"Visitors saw only a page that said so\.",
    r"This does not keep everybody out\.",
    r"We have no proof that this is over\.",
    r"The attack could succeed then\.",
    r"Closing your access does not stop that\.",
    r"Of a pair only one has the corrected version of the vendor\. The other one still has the weak spot\.",
    r"It takes over if the first one fails\.",
    r"It was not as we had left it\.",
    r"Each proof counted for only a part of the time\.",
    r"We do not know by whom, or since when\. We have no proof that nobody gets in\.",
    r"We are still finding out what they mean\.",
    r"What happened before that, we do not know\.",
    r"If there is news earlier, you hear it at once\.",
)
_KNOWN = [re.compile(one) for one in (*CAUSES.values(), *PROOFS.values(), *TAILS)]


def unread(text: str) -> str:
    """Return what of the sentences behind the first is none of these; \"\" where all are."""
    rest = text.strip()
    while rest:
        match = next((found for one in _KNOWN if (found := one.match(rest))), None)
        if match is None:
            return rest
        rest = rest[match.end() :].strip()
    return ""


def wrong_of(texts: Iterable[str], fact: object) -> Iterator[str]:
    """Yield what the sentences behind the first say of a fact that it does not: by what a protection ended, and by what something is proven."""
    whole = " ".join(texts)
    for name, known in (("cause", CAUSES), ("proof", PROOFS)):
        said = {word for word, form in known.items() if re.search(rf"(^|(?<=\. )){form}", whole)}
        own = str(getattr(fact, name) or "")
        if said and own not in said:
            yield f"it says {', '.join(sorted(said))}, and {name} is {own or 'not told'}"
