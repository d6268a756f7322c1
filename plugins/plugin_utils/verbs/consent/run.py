# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Adds an entry to the register of consent, or lists the last entry of each customer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from ...catalogue.record_trust import RecordTrust, key_file
from ...customers.consent import ConsentEntry, ConsentState, utc_text
from ...customers.consent_register import ConsentRegister
from ...customers.customer import read_customers
from ...customers.names_in_text import NamesInText
from ...foundation.errors import InvalidInput
from ..common.control_node_task import ControlNodeTask
from ..common.default_paths import require_outside_collections
from ..common.result import Result
from .page import ConsentList, list_of

_TEXTS = ("customer", "new_state", "who", "how", "at", "ticket", "note")


class NoteConsent(ControlNodeTask):
    """Add an entry to the register of consent, or list the last entry of each customer."""

    names_host = True
    after_file_problem = ""

    def run(self) -> Result:
        options = self.options
        require_outside_collections("consents", options["consents"])
        described = read_customers(self.host, options["described"])
        register = _register(options)
        known = {*described, *_customers_of_hosts(self.variables.get("hostvars") or {})} - {""}
        entry = _entry(options, known)
        if entry is not None and not self.check_mode:
            register.add(entry)
        listed = list_of(register, {entry.customer} if entry else known, described, others=entry is None)
        return _result(register, listed, entry, check_mode=self.check_mode)


def _register(options: Mapping[str, Any]) -> ConsentRegister:
    signers = Path(options["allowed_signers"]).expanduser() if options["allowed_signers"] else None
    return ConsentRegister(
        Path(options["consents"]).expanduser(), RecordTrust(key_file(options["record_key"]), signers)
    )


def _customers_of_hosts(hosts: Mapping[str, Any]) -> Iterable[str]:
    """Yield the customers that the inventory names at appliances."""
    for host in hosts:
        variables = hosts[host]
        yield str(variables.get("netscaler_customer") or "")
        for name in ("netscaler_vserver_customers", "netscaler_partition_customers"):
            mapping = variables.get(name)
            yield from map(str, mapping.values() if isinstance(mapping, Mapping) else ())


def _entry(options: Mapping[str, Any], known: Collection[str]) -> ConsentEntry | None:
    """Return the entry to add; None where no state is given.

    :raises InvalidInput: where a value is missing or not valid, or nobody has such a customer
    """
    given = {name: options[name].strip() for name in _TEXTS}
    if not given["new_state"]:
        stray = next((name for name in _TEXTS if given[name]), None)
        if stray is not None:
            raise InvalidInput(
                f"{stray} is given without a state: add -e state=... ({', '.join(ConsentState)}), or leave it out to list all customers"
            )
        return None
    missing = [name for name in ("customer", "who", "how") if not given[name]]
    if missing:
        raise InvalidInput(
            f"{' and '.join(missing)} must be given for the register: -e customer=Brouwer -e state=agreed -e \"who='A. Brouwer'\" "
            "-e \"how='by telephone'\". Nothing was written"
        )
    if given["new_state"] not in [*ConsentState]:
        raise InvalidInput(
            f"state is {given['new_state']!r}: write one of {', '.join(ConsentState)}. Nothing was written"
        )
    if given["customer"] not in known:
        near = get_close_matches(given["customer"], [*known], n=1)
        raise InvalidInput(
            f"no customer is called {given['customer']!r}{f'; did you mean {near[0]}' if near else ''}. tourniquet_customers, netscaler_customer and "
            "netscaler_vserver_customers name the customers. Nothing was written"
        )
    customer = given["customer"]
    other = NamesInText(sorted({*known} - {customer}), customer).first_said_by(given["who"])
    if other:
        raise InvalidInput(
            f"who is {given['who']!r}, which names the customer {other!r}, and a letter to {given['customer']} says it: name the person otherwise. "
            "Nothing was written"
        )
    now = datetime.now(UTC)
    when = utc_text(given["at"]) if given["at"] else now.isoformat(timespec="seconds")
    if not when or datetime.fromisoformat(when) > now:
        raise InvalidInput(
            f"at is {given['at']!r}: write a past time with its zone, such as 2020-01-17T14:00:00+01:00. Nothing was written"
        )
    return ConsentEntry(
        customer=given["customer"],
        state=ConsentState(given["new_state"]),
        who=given["who"],
        when=when,
        how=given["how"],
        ticket=given["ticket"],
        note=given["note"],
    )


def _result(register: ConsentRegister, listed: ConsentList, entry: ConsentEntry | None, *, check_mode: bool) -> Result:
    verb = "would be written" if check_mode else "was written"
    written = [f"{entry.customer}: {entry.text} {verb}"] if entry else []
    lines = [*written, *([] if entry else listed.lines)]
    own = {
        "register": register.directory,
        "customers": listed.values,
        "report": lines,
        "failed": bool(listed.refused),
    }
    return Result(changed=entry is not None, msg="; ".join(listed.refused) or "\n".join(lines), own=own)


TASK = NoteConsent
