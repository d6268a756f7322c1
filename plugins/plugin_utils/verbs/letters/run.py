# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Writes the letters to customers. Nothing is sent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ...catalogue.entry_file import load_catalogue
from ...catalogue.entry_name import entry_name, named_nearly
from ...catalogue.record_trust import RecordTrust, key_file
from ...customers.consent import ConsentEntry
from ...customers.consent_register import ConsentRegister
from ...customers.customer import Contact, read_contact, read_customers
from ...customers.letters.facts import CustomerFacts, FactKind, end_of
from ...customers.letters.facts_file import read_facts, read_json
from ...customers.letters.facts_json import require_own_names
from ...customers.letters.forms import Forms
from ...customers.letters.from_consent import with_consents
from ...customers.letters.from_ledger import FromLedger, merged
from ...customers.letters.letter_run import LetterRun
from ...customers.letters.wording import read_wording
from ...foundation.collection_version import PROJECT
from ...foundation.errors import InvalidInput
from ...foundation.languages import LANGUAGES
from ...foundation.next_action import Command, advice
from ..common.control_node_task import ControlNodeTask
from ..common.default_paths import require_outside_collections
from ..common.result import Result
from ..common.role_variables import ROLE_DEFAULTS

TEMPLATES = PROJECT / "templates" / "letters"


WITHOUT_REGISTER = "An entry is never changed, so make the letters without the register: -e consents=''"


class WriteLetters(ControlNodeTask):
    """Write the letters to customers. Nothing is sent."""

    names_host = True
    after_file_problem = " Nothing was sent."

    @classmethod
    def require_arguments(cls, host: str, arguments: Mapping[str, Any]) -> None:
        """See the base class; nobody is named in most inventories at first."""
        _require_sender(host, arguments)

    def run(self) -> Result:
        run = _run(self.host, self.options, write=not self.check_mode)
        written = run.run()
        own = {"directory": run.directory, "letters": written.letters, "report": written.lines}
        return Result(changed=written.changed, msg="\n".join(written.lines), own=own)


def _run(host: str, options: Mapping[str, Any], *, write: bool) -> LetterRun:
    """:raises InvalidInput: where an option is not valid; nothing was written"""
    own = [Path(options["templates"]).expanduser()] if options["templates"] else []
    if own and not own[0].is_dir():
        raise InvalidInput(f"{host}: letter_templates is {own[0]}: there is no such directory")
    directories = (*own, TEMPLATES)
    require_outside_collections("letters", options["letters"])
    now = _time(host, "letter_written", options["written"]) or datetime.now(UTC).replace(microsecond=0)
    zone, signers = _zone(host, options["time_zone"]), Path(str(options["allowed_signers"] or "")).expanduser()
    trust = RecordTrust(key_file(options["record_key"]), signers if options["allowed_signers"] else None)
    remarks: list[str] = []
    facts = _facts(host, options, now, remarks)
    consents = _consents(options, facts, trust)
    if options["written"]:
        consents = {customer: _until(entries, now) for customer, entries in consents.items()}
    with_entries = with_consents(facts, consents)
    require_own_names(f"{host}: the register of consent", with_entries, WITHOUT_REGISTER)
    return LetterRun(
        directory=Path(options["letters"]).expanduser(),
        facts=with_entries,
        consents=consents,
        customers=read_customers(host, options["addressees"]),
        sender=_sender(host, options["sender"]),
        wordings=tuple(read_wording(language, directories, zone) for language in LANGUAGES),
        forms=Forms(directories),
        trust=trust,
        now=now,
        write=write,
        remarks=tuple(remarks),
    )


def _consents(
    options: Mapping[str, Any], facts: tuple[CustomerFacts, ...], trust: RecordTrust
) -> dict[str, tuple[ConsentEntry, ...]]:
    """Return the entries of the register of consent, by customer.

    :raises InvalidInput: where the register of one of the customers is broken
    """
    if not options["consents"]:
        return {}
    register = ConsentRegister(Path(options["consents"]).expanduser(), trust)
    return {one.customer: register.entries(one.customer) for one in facts}


def _until(entries: tuple[ConsentEntry, ...], now: datetime) -> tuple[ConsentEntry, ...]:
    """Return the entries that were there at a time: a drill is as of an earlier one."""
    return tuple(one for one in entries if datetime.fromisoformat(one.when) <= now)


def _require_sender(host: str, arguments: Mapping[str, Any]) -> None:
    """:raises InvalidInput: where nobody is named, with the place of the variable: a group of appliances is not read here"""
    if not arguments.get("sender"):
        raise InvalidInput(
            f"{host}: sender is missing, the person whom customers can call: write it in group_vars/all of the inventory, as "
            "sender: {name: S. Bakker, mail: s.bakker@example.com, phone: +31 20 555 0199}"
        )


def _sender(host: str, value: Mapping[str, Any]) -> Contact:
    sender = read_contact(host, "sender", value)
    missing = next((key for key in ("mail", "phone") if not getattr(sender, key)), None)
    if missing:
        raise InvalidInput(f"{host}: sender has no {missing}: a customer must be able to reach this person")
    return sender


def _zone(host: str, name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise InvalidInput(
            f"{host}: letter_time_zone is {name!r}, which this control node does not know: write one such as Europe/Amsterdam, "
            "and install the time zones of the system (tzdata)"
        ) from error


def _facts(
    host: str, options: Mapping[str, Any], now: datetime, remarks: list[str] | None = None
) -> tuple[CustomerFacts, ...]:
    """Return the facts of the ledger and of the file of facts.

    :param remarks: gets what who sends the letters should know of the ledger
    """
    if not options["facts_file"] and not options["ledger"]:
        raise InvalidInput(
            advice(
                f"{host}: no facts: make the ledger with ledger.yml, then name its ledger.json with ledger, besides next_message and entries; "
                "or name a file of facts with facts_file",
                Command("ledger"),
            )
        )
    found: list[tuple[CustomerFacts, ...]] = []
    if options["ledger"]:
        next_message = _next_message(host, options["next_message"], now)
        if next_message is None or not options["entries"]:
            raise InvalidInput(
                f"{host}: with ledger a letter needs next_message, such as 2020-01-18T09:00:00+00:00, and entries, "
                "the entries of the catalogue that it is about, such as [cve_2019_19781]"
            )
        catalogue = Path(options["catalogue"] or ROLE_DEFAULTS["catalogue"]).expanduser()
        known = {entry.id: entry for entry in load_catalogue(catalogue)}
        named = [str(entry_name(name)) for name in options["entries"]]
        missing = next((name for name in named if name not in known), None)
        if missing is not None:
            near = named_nearly(missing, known)
            raise InvalidInput(
                f"{host}: entries names {missing!r}, which the catalogue does not have{f'; {near}' if near else ''}"
            )
        entries = {name: known[name] for name in named}
        path = Path(options["ledger"]).expanduser()
        ledger = read_json(path)
        found.append(FromLedger(entries, now, next_message).facts(str(path), ledger))
        if remarks is not None:
            remarks += _of_an_earlier_day(ledger, now)
    if options["facts_file"]:
        found.append(_of_file(host, Path(options["facts_file"]).expanduser(), now))
    about = merged(*found)
    require_own_names(host, about)
    return about


def _of_an_earlier_day(ledger: Mapping[str, Any], now: datetime) -> list[str]:
    """Return that a ledger is as of an earlier day than the letters, as a sentence."""
    days = [one["as_of"] for one in ledger["appliances"].values() if one.get("as_of")]
    as_of = min(days, default="")
    is_earlier = as_of and date.fromisoformat(as_of) < now.date()
    return [f"The ledger is as of {as_of}: what became known later is in no letter."] if is_earlier else []


def _next_message(host: str, text: str, now: datetime) -> datetime | None:
    """:raises InvalidInput: where it is over when the letters are written"""
    found = _time(host, "next_message", text)
    if found is not None and found <= now:
        raise InvalidInput(
            f"{host}: next_message is {text!r}, which is not after the letters are written. {_name_later(now)}"
        )
    return found


def _of_file(host: str, path: Path, now: datetime) -> tuple[CustomerFacts, ...]:
    """:raises InvalidInput: where the file says that a customer hears again at a time that is over"""
    found = read_facts(path)
    for one in found:
        if any(end_of(fact.when) <= now for fact in one.of(FactKind.NEXT_MESSAGE) if fact.when is not None):
            what = f"the fact next_message of {one.customer} is over when the letters are written"
            raise InvalidInput(f"{host}: facts_file: {path}: {what}. {_name_later(now)}")
    return found


def _name_later(now: datetime) -> str:
    return f"Name the time at which customers hear from you again, after {now.isoformat()}"


def _time(host: str, variable: str, text: str) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise InvalidInput(f"{host}: {variable} is {text!r}: write it as 2020-01-17T14:00:00+00:00")
    return found


TASK = WriteLetters
