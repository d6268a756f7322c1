# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Unsaved changes of an appliance: the differences between running and saved configuration, and whose they are."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from ...appliance.nitro.connection import Connection
from ...appliance.nitro.session import Row, Session
from ...appliance.objects.ownership import Owner
from ...appliance.objects.resource_types import TYPES, ObjectId
from ...appliance.objects.steps import FEATURE, Step
from ...appliance.objects.virtual_servers import VSERVER_TYPES
from ...foundation.errors import NitroError
from ..records.authority import TAKEN_OVER, names_taken_over
from ..records.change_record import ChangeRecord
from ..records.inert_policy import measure_of_inert_policy
from ..records.record_states import RecordKind

# What ns.conf encrypts or hashes, such as the password of a user: no output has it.
_SECRET = re.compile(r"\S+ (-encrypted)(?= |$)")
_OF_TAKEN_OVER = "|".join(re.escape(TYPES[name].noun) for name in TAKEN_OVER)
_STATE = re.compile(r" -state (?:ENABLED|DISABLED)(?= |$)")


@dataclass(frozen=True)
class UnsavedChanges:
    """The differences between running and saved configuration.

    :ivar ours: True if a difference is ours
    :ivar foreign: the lines of others, with + for lines of the running and - for lines of the saved configuration
    :ivar is_hidden: no line shows a difference, and only the appliance says that there is one
    """

    ours: bool
    foreign: list[str]
    is_hidden: bool = False


def is_changed(config: Row) -> bool | None:
    """True if the running configuration differs from the saved one; None where nsconfig does not say."""
    value = str(config.get("configchanged", "")).lower()
    return {"true": True, "false": False}.get(value)


def last_change(session: Session) -> str:
    """Return the time of the last change of the configuration, by the appliance's clock; "" where it is not known."""
    rows = session.read("nsconfig")
    return str(rows[0].get("lastconfigchangedtime", "")) if rows else ""


def changes_by_others(
    session: Session, since: str, owner: Owner, records: Iterable[ChangeRecord], other_runs: Sequence[ChangeRecord] = ()
) -> str:
    """Return what others have changed since a time of :func:`last_change`, as a sentence; "" where nobody has.

    It is read directly before a save, which would save their changes with ours.

    :param other_runs: see :func:`unsaved_lines`
    """
    if not since or last_change(session) == since:
        return ""
    foreign = unsaved_lines(session, owner, records, other_runs=other_runs).foreign
    return (
        f"{session.where}: somebody else changed the configuration in the meantime: {'; '.join(foreign[:5])}"
        if foreign
        else ""
    )


class ConfigurationTexts:
    """The running and the saved configuration of a node as texts; each is read once, when it is first used."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._read: dict[str, str | None] = {}

    @property
    def running(self) -> str | None:
        """The running configuration; None where it cannot be read."""
        return self._text("nsrunningconfig")

    @property
    def saved(self) -> str | None:
        """The saved configuration; None where it cannot be read."""
        return self._text("nssavedconfig")

    def _text(self, type_name: str) -> str | None:
        if type_name not in self._read:
            rows: list[Row] = []
            with contextlib.suppress(NitroError):
                rows = self._session.read(type_name)
            found = (str(row[key]) for row in rows for key in ("response", "textblob") if row.get(key))
            self._read[type_name] = next(found, None)
        return self._read[type_name]


def unsaved_lines(
    session: Session,
    owner: Owner,
    records: Iterable[ChangeRecord],
    texts: ConfigurationTexts | None = None,
    *,
    of_secondary: bool = False,
    other_runs: Iterable[ChangeRecord] = (),
) -> UnsavedChanges:
    """Return the unsaved changes, ours and those of others: by the names in the lines, and by what our runs switched on or off.

    If the configuration cannot be read, others may have unsaved changes in it.

    :param texts: the configurations, if they may have been read already
    :param of_secondary: the node is the secondary: there, changes may be unsaved although our records say that the primary saved them
    :param other_runs: the trusted records of other measures whose unsaved changes are not those of others, and are not of this measure either
    """
    unsaved = [record for record in records if of_secondary or not record.saved]
    steps = [step for record in unsaved for step in record.touched]
    taken_over = _names_of_others(unsaved)
    lines = read_unsaved_lines(texts or ConfigurationTexts(session))
    if lines is None:
        return UnsavedChanges(ours=bool(steps), foreign=["the appliance does not show the changes"])
    lines = [line for line in lines if measure_of_inert_policy(line) in ("", owner.measure)]
    not_ours = _unexplained(lines, [owner], steps, taken_over)
    others = [record for record in other_runs if of_secondary or not record.saved]
    foreign = _unexplained(
        not_ours,
        [Owner(measure, 1) for measure in dict.fromkeys(record.measure for record in others)],
        [step for record in others for step in record.touched],
        _names_of_others(others),
    )
    # A difference that the lines do not show may be ours, and an unnecessary save does no harm.
    hidden = not lines and bool(steps) and not of_secondary
    return UnsavedChanges(ours=len(not_ours) < len(lines) or hidden, foreign=foreign, is_hidden=hidden)


def _names_of_others(records: Sequence[ChangeRecord]) -> frozenset[str]:
    """Return the names of the policies and actions of others that runs replaced, or that rollbacks gave back."""
    replaced = (name for record in records for name in record.taken_over)
    undos = (record for record in records if record.kind is RecordKind.ROLLBACK)
    given_back = names_taken_over(step.object_id for record in undos for step in record.touched)
    return frozenset((*replaced, *given_back))


def _unexplained(
    lines: Sequence[str], owners: Sequence[Owner], steps: Sequence[Step], taken_over: Collection[str]
) -> list[str]:
    """Return the differing lines that neither the names of these owners nor these steps explain."""
    features = {step.key[0].upper() for step in steps if step.type == FEATURE}
    switched = switched_lines(lines, {step.key[0] for step in steps if step.type in VSERVER_TYPES})
    set_by_us = setting_lines(lines, {step.type for step in steps if step.type in TYPES and TYPES[step.type].only_set})
    set_by_us |= object_setting_lines(
        lines, {step.object_id for step in steps if step.type in TYPES and TYPES[step.type].of}
    )
    found = []
    for line in lines:
        words = [word.strip('"').rpartition("/")[2] for word in line.split()]
        own_feature = "feature" in words and any(word.upper() in features for word in words)
        explained = own_feature or line in switched or line in set_by_us or is_of_taken_over(line, taken_over)
        if not explained and not any(owner.owns_name(word) for owner in owners for word in words):
            found.append(line)
    return found


def unsaved_work(
    connection: Connection, owner: Owner, records: Sequence[ChangeRecord], other_runs: Sequence[ChangeRecord] = ()
) -> UnsavedChanges:
    """Return the unsaved changes on the primary.

    If nsconfig says that there are none, that is enough, except for our changes on a pair: the node may have missed a save while it
    was the secondary, and it is not documented that it counts changes from its peer as its own. Then the configurations are compared.

    :param other_runs: see :func:`unsaved_lines`
    """
    session = connection.primary
    if is_changed(connection.config) is not False:
        return unsaved_lines(session, owner, records, other_runs=other_runs)
    texts = ConfigurationTexts(session)
    doubted = bool(connection.other_nodes) and any(record.touched for record in records)
    if not doubted or read_unsaved_lines(texts) is None:
        return UnsavedChanges(ours=False, foreign=[])
    return UnsavedChanges(ours=unsaved_lines(session, owner, records, texts, of_secondary=True).ours, foreign=[])


def switched_lines(lines: Iterable[str], vservers: set[str]) -> set[str]:
    """Return the differing lines that only switch one of these virtual servers on or off.

    :param lines: with + or - in front; a virtual server that is off has ``-state DISABLED`` in ns.conf
    :param vservers: their names
    """
    named = {f" vserver {form} " for name in vservers for form in (name, f'"{name}"')}
    sides: dict[str, list[str]] = {}
    for line in lines:
        sides.setdefault(_STATE.sub("", line[2:]), []).append(line)
    return {
        line
        for text, pair in sides.items()
        if len(pair) > 1 and any(words in f"{text} " for words in named)
        for line in pair
    }


def setting_lines(lines: Iterable[str], types: set[str]) -> set[str]:
    """Return the differing lines that only change attributes of these settings of the appliance.

    :param lines: with + or - in front. The attributes of a setting that we do not manage are in the same line: they must be the same on both sides
    """
    found: set[str] = set()
    for type_ in (TYPES[name] for name in sorted(types) if not TYPES[name].of):
        noun = f"set {type_.noun}".lower()
        ours = re.compile(
            rf" ({'|'.join(re.escape(a.cli) for a in type_.attributes.values() if a.cli)}) \S+", re.IGNORECASE
        )
        own = [line for line in lines if line[2:].lower().startswith(f"{noun} ")]
        rests = {side: sorted(ours.sub("", line[2:]).strip() for line in own if line[0] == side) for side in "+-"}
        added, removed = ([text for text in rests[side] if text.lower() != noun] for side in "+-")
        found |= set(own) if added == removed else set()
    return found


def object_setting_lines(lines: Iterable[str], objects: set[ObjectId]) -> set[str]:
    """Return the differing lines that only change attributes of ours of these objects of others.

    :param lines: with + or - in front; the attributes are options of the line that adds the object, or of one that sets them
    """
    found: set[str] = set()
    for type_name, key in sorted(objects):
        type_, name = TYPES[type_name], key[0]
        ours = re.compile(
            rf" ({'|'.join(re.escape(a.cli) for a in type_.attributes.values() if a.cli)}) \S+", re.IGNORECASE
        )
        forms = tuple(f"{verb} {type_.noun} {form}" for verb in ("add", "set") for form in (name, f'"{name}"'))
        sides: dict[str, list[str]] = {}
        for line in lines:
            text = ours.sub("", line[2:]).strip()
            if any(f"{text} ".startswith(f"{form} ") for form in forms):
                sides.setdefault(text, []).append(line)
        for text, own in sides.items():
            if len(own) > 1 or text in forms:  # the same but for our attributes, or nothing besides
                found |= set(own)
    return found


def is_of_taken_over(line: str, names: Collection[str]) -> bool:
    """Return True if a differing line adds, changes or binds a policy or an action that a run of ours took over.

    :param line: with + or - in front
    :param names: of the policies and actions. Others chose them, so they can be words of commands: only the place of a name counts
    """
    return any(
        re.match(
            rf"[+-] (?:(?:add|set) (?:{_OF_TAKEN_OVER}) {name} |bind responder global {name} |bind .* -policy(?:Name)? {name} )",
            f"{line} ",
            re.IGNORECASE,
        )
        for name in (rf'"?{re.escape(name)}"?' for name in names)
    )


def read_unsaved_lines(texts: ConfigurationTexts) -> list[str] | None:
    """Return the lines in which running and saved configuration differ, by two reads; None where they cannot be read."""
    both = []
    for text in (texts.running, texts.saved):
        if text is None:
            return None
        lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
        both.append([single for line in lines for single in one_feature_a_line(line)])
    running, saved = both
    added, removed = set(running) - set(saved), set(saved) - set(running)
    lines = [f"+ {line}" for line in running if line in added] + [f"- {line}" for line in saved if line in removed]
    return [_SECRET.sub(r"******** \1", line) for line in lines]


def one_feature_a_line(line: str) -> list[str]:
    """Split the line of ns.conf that enables all features into a line for each, so that they can be compared."""
    command = ("enable", "ns", "feature")
    words = line.split()
    return [" ".join((*command, feature)) for feature in words[3:]] if tuple(words[:3]) == command else [line]
