# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The customers of a provider, as the inventory describes them, with strict types: letters are made for them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..foundation.errors import InvalidInput
from ..foundation.languages import LANGUAGES
from .spelling import spellings

VARIABLE = "tourniquet_customers"
EXAMPLE = (
    "{Brouwer: {language: nl, contacts: [{name: A. Brouwer, mail: a.brouwer@example.com, phone: '+31 20 555 0100'}]}}"
)
MOST_TEXT = 200
_KEYS = ("language", "contacts", "consent", "other_access", "contract")
_CONTACT_KEYS = ("name", "role", "mail", "phone")
# One address and nothing else: what stands here becomes a header of a mail. (RFC 5322 allows more.)
_MAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
_PHONE = re.compile(r"\+?[0-9][0-9 ()/-]{2,30}")


def is_named_in(name: str, text: str) -> bool:
    """Return True if a text has a name as whole words, in any case and in any spelling without accents."""
    names = [one.casefold() for one in spellings(name)]
    texts = [one.casefold() for one in spellings(text)]
    return any(one in other and _is_word(one, other) for one in names for other in texts)


def _is_word(name: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


@dataclass(frozen=True)
class Contact:
    """A person whom a letter is for and who is called.

    :ivar role: what the person does or decides, as the letter names it; may be empty
    :ivar mail: one mail address, or ""
    :ivar phone: digits with blanks and dashes, or ""
    """

    name: str
    role: str = ""
    mail: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Customer:
    """A customer.

    :ivar language: of the letters: nl or en
    :ivar must_agree: access is closed only with the consent of this customer
    :ivar other_access: the other way in while access is closed, in a line of text; "" where none is known
    :ivar contract: which contract there is and what it says of an interruption, in a line of text; "" where nothing is known
    """

    name: str
    language: str = "nl"
    contacts: tuple[Contact, ...] = ()
    must_agree: bool = False
    other_access: str = ""
    contract: str = ""


def read_customers(host: str, value: Any) -> dict[str, Customer]:
    """Return the customers by name.

    :param value: the value of ``tourniquet_customers``, or None
    :raises InvalidInput: naming the host, the customer and the fix
    """
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise _wrong(host, "must be a mapping of names of customers")
    return {name: _customer(host, name, about) for name, about in value.items()}


def customer_named(customers: Mapping[str, Customer], name: str) -> Customer:
    """Return a customer; one that ``tourniquet_customers`` does not describe has its name only."""
    return customers.get(name) or Customer(name)


def _customer(host: str, name: Any, about: Any) -> Customer:
    if not _require_text(host, "the name of a customer", name):
        raise _wrong(host, "the name of a customer is empty")
    about = {} if about is None else about
    _require_keys(host, name, about, _KEYS)
    language, contacts, consent = about.get("language", "nl"), about.get("contacts", []), about.get("consent", False)
    if language not in LANGUAGES:
        raise _wrong(host, f"{name}: language is {language!r}, and must be one of {', '.join(LANGUAGES)}")
    if not isinstance(contacts, list):
        raise _wrong(host, f"{name}: contacts must be a list")
    if not isinstance(consent, bool):
        raise _wrong(host, f"{name}: consent is {consent!r}, and must be true or false")
    return Customer(
        name,
        language,
        tuple(read_contact(host, f"{name}: contact {number}", one) for number, one in enumerate(contacts, 1)),
        consent,
        *(_require_text(host, f"{name}: {key}", about.get(key, "")) for key in ("other_access", "contract")),
    )


def read_contact(host: str, where: str, value: Any) -> Contact:
    """Return a person.

    :param where: what holds the value, for messages
    :raises InvalidInput: naming the host, the key and the fix
    """
    _require_keys(host, where, value, _CONTACT_KEYS)
    texts = {key: _require_text(host, f"{where}: {key}", value.get(key, "")) for key in _CONTACT_KEYS}
    if not texts["name"]:
        raise _wrong(host, f"{where} has no name")
    for key, form, noun in (("mail", _MAIL, "mail address"), ("phone", _PHONE, "telephone number")):
        if texts[key] and not form.fullmatch(texts[key]):
            raise _wrong(host, f"{where}: {key} is {texts[key]!r}, which is no {noun}")
    return Contact(**texts)


def _require_keys(host: str, where: str, value: Any, keys: tuple[str, ...]) -> None:
    if not isinstance(value, Mapping):
        raise _wrong(host, f"{where} must be a mapping")
    unknown = next((key for key in value if key not in keys), None)
    if unknown is not None:
        raise _wrong(host, f"{where} has an unknown key {unknown!r} (known: {', '.join(keys)})")


def _require_text(host: str, where: str, value: Any) -> str:
    """Return a text of one line without blanks around it."""
    if not isinstance(value, str) or not value.isprintable() or len(value) > MOST_TEXT:
        raise _wrong(host, f"{where} must be one line of text of at most {MOST_TEXT} characters")
    return value.strip()


def _wrong(host: str, problem: str) -> InvalidInput:
    return InvalidInput(f"{host}: {VARIABLE}: {problem}. Write it as {EXAMPLE}.")
