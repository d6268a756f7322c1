# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which commands each verb sends, by the declarations: command policies, the checks of the doctor and docs/reference/rights.md are made of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from ..measures.mitigation.kind import ID as MITIGATION
from ..measures.registry import all_kinds
from ..policies.rights import Extra, Objects, Right, rights
from .common.verb import Rights, Tried
from .registry import all_verbs

PARTITIONS = rights("switch", "ns partition")
DOCTOR = "doctor"


@cache
def with_rights() -> Mapping[str, Rights]:
    """Return the rights of each verb that a user of the playbooks carries out, by its name."""
    return {verb.name: verb.rights for verb in all_verbs() if verb.rights is not None}


@cache
def rights_of(verb: str) -> tuple[Right, ...]:
    """Return what a verb sends for any measure; what the doctor tries are the reads of other verbs, whatever their objects are called."""
    if verb != DOCTOR:
        return with_rights()[verb].own
    tried = (
        right
        for one in all_verbs()
        if one.tried_by_doctor is not Tried.NO
        for right in needed_rights([one.name], [MITIGATION])
    )
    return tuple(dict.fromkeys(right for right in tried if right.objects is not Objects.RECORDS))


def rights_of_measure(measure: str, verb: str) -> tuple[Right, ...]:
    """Return what a verb sends besides for a measure of this kind."""
    use = with_rights()[verb].of_measures
    return all_kinds()[measure].rights.get(use, ()) if use else ()


def rights_of_extra(extra: str, verb: str) -> tuple[Right, ...]:
    """Return what a verb sends besides with a setting."""
    declared = with_rights()[verb]
    if extra == Extra.PARTITIONS:
        return PARTITIONS if declared.partitions else ()
    return declared.extras.get(Extra(extra), ())


def needed_rights(verbs: Iterable[str], measures: Iterable[str] = (), extras: Iterable[str] = ()) -> list[Right]:
    """Return the rights that these verbs need, each once; one that a wider right covers is left out.

    :param verbs: names of :func:`with_rights`
    :param measures: kinds of measures
    :param extras: of :class:`Extra`
    """
    kinds, settings = [*measures], [*extras]
    found = dict.fromkeys(
        right
        for verb in verbs
        for of_verb in (
            rights_of(verb),
            *(rights_of_measure(kind, verb) for kind in kinds),
            *(rights_of_extra(setting, verb) for setting in settings),
        )
        for right in of_verb
    )
    return [right for right in found if right.objects is Objects.ALL or Right(right.verb, right.noun) not in found]
