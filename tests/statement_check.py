# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Are the statements of a letter true? Each is compared with what is known, by somebody who did not write the letter. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.corrections import Previous
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.facts import CustomerFacts, told
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.letter import Letter, Statement


@dataclass(frozen=True)
class Untrue:
    """A statement that is wrong, and why."""

    statement: Statement
    why: str


def untrue_statements(
    letter: Letter, world: CustomerFacts, previous: Previous | None, statements: Iterable[Statement] | None = None
) -> tuple[Untrue, ...]:
    """Return the statements of a letter that are not true.

    :param world: what is so
    :param previous: the letter before, of which a statement may be quoted
    :param statements: those to check; None for all of the letter
    """
    true = {fact.claim for fact in told(world).facts}
    wrote = {fact.claim for fact in previous.told.facts} if previous else set()
    found = []
    for one in letter.statements() if statements is None else statements:
        spoken = {letter.wording.sentence(*one.claims, name_entry=named) for named in (False, True)}
        claims = {fact.claim for fact in one.claims}
        by_place = [
            [fact for fact in one.claims if fact.place == place] for place in {fact.place for fact in one.claims}
        ]
        alike = {letter.wording.sentence(*(replace(fact, place="") for fact in own)) for own in by_place}
        if one.text not in spoken or len(alike) != 1:
            found.append(Untrue(one, "the sentence does not say what its fact says"))
        elif one.quoted and not claims <= wrote:
            found.append(Untrue(one, "the last letter did not say so"))
        elif not one.quoted and not claims <= true:
            found.append(Untrue(one, "it is not so"))
    return tuple(found)
