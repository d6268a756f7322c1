# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The check of a whole entry of the catalogue, one from elsewhere too: files, facts, templates, and each rule against the traffic."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from ..appliance.objects.nsconf_rows import ROW_TYPES
from ..catalogue.desired_state import Document, suggest
from ..catalogue.entry import Entry, MeasureForm
from ..catalogue.entry_file import load_entry
from ..catalogue.foreign_entry import check_files, documents
from ..catalogue.mitigation import Mitigation, load_mitigation
from ..catalogue.predicates import Attribute
from ..foundation.errors import InvalidInput
from .log_messages import problems_of_messages
from .policy_bank import banks_of, count_findings, passing_actions, run_corpus
from .rule_proof import RuleProof, attack_variants

FEATURES = "nsfeature"
SHOWN = 5
"""The largest number of wrong requests that are named for one rule."""


def problems_of(directory: Path) -> tuple[str, ...]:
    """Return what is wrong with an entry, in words; nothing if it may be used.

    It may come from elsewhere: nothing of it is executed, and what it can cost is bounded.
    """
    found = list(check_files(directory))
    if found:
        return tuple(found)
    try:
        entry = load_entry(directory)
        measure, unknown = entry.measure, _unknown_types(entry)
        if unknown:
            return unknown
        if measure is None or measure.form is not MeasureForm.TEMPLATE:
            return ()
        mitigation = load_mitigation(directory)
        made = list(documents(directory, mitigation))
    except InvalidInput as error:
        return (str(error),)
    of_messages = (
        f"version {version}: {one}" for version, document in made for one in problems_of_messages(document.objects)
    )
    of_rules = (one for version, document in dict(made).items() for one in _of_rule(mitigation, version, document))
    return tuple(dict.fromkeys([*of_messages, *of_rules]))


def proof_lines(directory: Path) -> Iterator[str]:
    """Yield for each version of an entry that passes :func:`problems_of` what its rule does with the traffic; nothing without a template.

    :raises InvalidInput: where the entry cannot be read
    """
    measure = load_entry(directory).measure
    if measure is None or measure.form is not MeasureForm.TEMPLATE:
        return
    mitigation = load_mitigation(directory)
    for version, document in dict(documents(directory, mitigation)).items():
        banks, passing = banks_of(document.objects), passing_actions(document.objects)
        for bank in banks.values():
            traffic = mitigation.traffic.for_version(version)
            every = tuple(run_corpus(bank, traffic, passing))
            yield f"version {version}: {count_findings(every).summary()}"
            unclear = [finding for finding in every if not finding.is_right and not finding.is_wrong]
            yield from (f"version {version}: {finding}" for finding in unclear[:SHOWN])
        proof = RuleProof(variants=attack_variants(banks, passing, mitigation.traffic, version))
        if summary := proof.variants_summary():
            yield f"version {version}: {summary}"
        yield from (f"version {version}: variant not stopped: {missed}" for missed in proof.missed())


def unknown_attributes(entry: Entry, known: Iterable[Attribute]) -> tuple[str, ...]:
    """Return a line for each attribute in the preconditions that nothing here knows: NITRO sends only what is set, so a misspelt one looks as unset.

    :param known: attributes that are known besides those of ns.conf and of what is written
    """
    of_types: dict[str, set[str]] = {}
    for type_, name in known:
        of_types.setdefault(type_, set()).add(name)
    for type_, row in ROW_TYPES.items():
        of_types.setdefault(type_, set()).update(row.places, row.defaults)
    return tuple(
        f"compare with the NITRO reference: {type_} {name} is in no entry so far{suggest(name, sorted(of_types[type_])) or '.'} "
        'A misspelt attribute says "not affected"'
        for type_, name in sorted(entry.attributes())
        if type_ in of_types and name not in of_types[type_]
    )


def _unknown_types(entry: Entry) -> tuple[str, ...]:
    """Return a problem for each type of a precondition that is not read from ns.conf: a misspelt type has no objects, and would say "not affected"."""
    unknown = sorted(entry.types() - {*ROW_TYPES, FEATURES})
    return tuple(
        f"preconditions: {type_} is no type that can be read from NITRO and from ns.conf{suggest(type_, ROW_TYPES)}"
        for type_ in unknown
    )


def _of_rule(mitigation: Mitigation, version: int, document: Document) -> Iterator[str]:
    """Yield what is wrong with the rule of a version: it is bound nowhere, cannot be read, misses an attack or blocks what is legitimate."""
    banks = banks_of(document.objects)
    if not banks:
        yield f"version {version} binds no policy"
    for bank in banks.values():
        yield from (f"version {version}: {name} cannot be read: {reason}" for name, reason in bank.unreadable.items())
        findings = run_corpus(bank, mitigation.traffic.for_version(version), passing_actions(document.objects))
        wrong = count_findings(findings).wrong
        yield from (f"version {version}: {finding}" for finding in wrong[:SHOWN])
        if len(wrong) > SHOWN:
            yield f"version {version}: and {len(wrong) - SHOWN} more requests"
