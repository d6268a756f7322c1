# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The questions before access is opened: is it exposed then, was all of it read, and do the records show that it may be opened? Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ...appliance.objects.virtual_servers import Vserver
from ...foundation.errors import Refused
from ...foundation.host_setting import option_for
from ...foundation.next_action import ACCEPT_EXPOSURE, AGAIN, WHO_ACCEPTS, Command, advice
from ...judgement.course.state import Extent
from ...judgement.exposure.reopen_answer import CustomerAnswer, ReopenAnswer
from ...judgement.proof.next_action import APPLY, LOCKDOWN

ACCEPT = "-e accept_exposure=true"
UNREAD = "-e accept_unread=true"
WHO = """-e "who='the name of the person'\""""
SECOND = """-e "second='the name of another person'\""""
_OVERRULED = replace(AGAIN, asks=("second",))
_ACCEPTED = replace(AGAIN, unsaid=((ACCEPT_EXPOSURE, "true"),), asks=WHO_ACCEPTS)


CLOSING = frozenset({LOCKDOWN.verb, "close"})
"""The verbs that mend nothing here: it is closed."""


class StaysClosed(Refused):
    """What is to be opened may not be, whatever the admin partition that asks."""


def require_not_exposed(
    where: str,
    exposure: Sequence[str],
    unread: Sequence[str],
    *,
    accepted: bool,
    accepted_unread: bool,
    mends: Sequence[Command] = (),
) -> None:
    """Refuse an exposure that nobody accepts. What was not read needs an acceptance of its own, since it can be read first.

    :param exposure: what the appliance is exposed to once it is open, in words
    :param unread: what was not read, so that it is not known whether it is exposed, in words
    :param mends: what is to be done first about the exposure
    :raises StaysClosed: where there is something of either, and nobody accepts it
    """
    exposed = exposure if not accepted else ()
    unknown = unread if not accepted_unread else ()
    whys = [f"it is exposed once it is open: {'; '.join(exposed)}"] if exposed else []
    whys += [f"it was not read whole, so it may be exposed: {'; '.join(unknown)}"] if unknown else []
    first = [one for one in mends if one.verb not in CLOSING] if exposed else []
    mend = "Apply the mitigation or upgrade" if any(one.verb == APPLY.verb for one in first) else "Upgrade"
    fixes = [f"{mend} first; status.yml shows the verdict."] if exposed else []
    fixes += ["Make it readable first, or name the partition in netscaler_partitions."] if unknown else []
    options = " ".join([*([ACCEPT] if exposed else []), *([UNREAD] if unknown else []), WHO])
    if whys:
        raise StaysClosed(
            advice(
                f"{where}: it stays closed, because {'; and '.join(whys)}. {' '.join(fixes)} To open it anyway, name the person who accepts that: "
                f"{option_for(where, options)}. Nothing was changed.",
                *(*first, Command("status", is_for_all=True)),
            )
        )


def require_an_answer(where: str, answers: Sequence[CustomerAnswer], *, second: str, accepted: bool) -> None:
    """Refuse an answer that is not open. Accepting the exposure covers what is not fixed or not on record; a possible intruder needs a second person.

    An answer that rests on what was not read is refused before: see :func:`not_read`.

    :param second: the person who overrules the answers; "" for nobody
    :param accepted: somebody accepts the exposure
    :raises StaysClosed: where an answer is not open, and nobody overrules it
    """
    left = [one for one in answers if one.answer is not ReopenAnswer.OPEN]
    if not second and accepted:
        left = [one for one in left if one.answer is ReopenAnswer.ASSUME_COMPROMISED]
    if left and not second:
        is_suspected = any(one.answer is ReopenAnswer.ASSUME_COMPROMISED for one in left)
        person, options = (
            ("name a second person", SECOND)
            if is_suspected
            else ("name the person who accepts that", f"{ACCEPT} {WHO}")
        )
        raise StaysClosed(
            advice(
                f"{where}: it stays closed, because the records do not show that it may be opened: {'; '.join(one.text for one in left)}. "
                f"ledger.yml shows each date and its source, docs/how-to/recovery.md what to do. To open it anyway, {person}: "
                f"{option_for(where, options)}. Nothing was changed.",
                *(Command("ledger"), _OVERRULED if is_suspected else _ACCEPTED),
            )
        )


def decided_answers(answers: Iterable[str], *, second: str, who: str) -> list[str]:
    """Return who opens it whatever the records answer, as sentences: a second person overrules an answer, the one who decides accepts it.

    :param answers: those other than open, in words
    :param second: the second person; "" for nobody
    """
    name = " ".join(second.split())
    said = f"OVERRULED by {name}" if name else f"ANSWER ACCEPTED by {who or 'nobody yet'}"
    return [f"{said}: {text}" for text in answers]


def opened_unprotected(opens: Iterable[Vserver], extent: Extent, unread: Sequence[str]) -> tuple[str, ...]:
    """Return the services from which an opening takes protection away: all that it opens, where a weakness has none then, or where nobody knows.

    :param extent: how much protection the least protected weakness has once it is open
    :param unread: what was not read, in words
    """
    return _services(opens) if extent is Extent.NONE or unread else ()


def opened_in_part(opens: Iterable[Vserver], extent: Extent, unread: Sequence[str]) -> tuple[str, ...]:
    """Return the services that are protected only in part once they are open; see :func:`opened_unprotected`."""
    return _services(opens) if extent is Extent.PART and not unread else ()


def _services(opens: Iterable[Vserver]) -> tuple[str, ...]:
    return tuple(f"{one.kind} vserver {one.name}" for one in opens)


def not_read(answers: Sequence[CustomerAnswer]) -> tuple[str, ...]:
    """Return the rows of answers that are not known because a node was not read, in words, each once."""
    rows = (row for one in answers for row in one.rows if row.answer is ReopenAnswer.UNKNOWN and not row.row.is_read)
    return tuple(dict.fromkeys(f"{row.row.entry}: {row.reason}" for row in rows))
