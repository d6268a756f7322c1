# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the report of a run tells besides its results: the register of consent, and the exposure ledger that lies beside the report."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from ...customers.consent_register import ConsentRegister
from ...customers.customer import Customer
from ...customers.letters.facts_file import read_json
from ...customers.letters.from_ledger import SCHEMA
from ...foundation.errors import InvalidInput
from ...foundation.next_action import Command, advice
from ..consent.page import list_of

LEDGER = "ledger.json"
"""The file that ledger.yml writes into a directory."""
_OF_AN_ANSWER = ("customer", "answer", "text")
_LEDGER = Command("ledger")


def crisis_of(
    directory: Path, register: ConsentRegister, customers: Collection[str], described: Mapping[str, Customer]
) -> dict[str, list[dict[str, Any]]]:
    """Return what is known: the last consent of each customer who must agree or has an entry, and the answers of the ledger.

    :param directory: of the report
    :param customers: by name, those of the appliances of the run
    :raises InvalidInput: where the ledger is none, or others may write to a file
    """
    listed = list_of(register, {*customers, *described}, described).values
    consents = [one for one in listed if one["state"] or one["must_agree"] or one["problem"]]
    return {"consents": consents, "answers": _answers(directory / LEDGER)}


def _answers(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    ledger = read_json(path)
    try:
        if ledger["schema"] != SCHEMA:
            raise InvalidInput(
                advice(f"{path} is no ledger of the form {SCHEMA}: make it again with ledger.yml", _LEDGER)
            )
        return [
            {"host": str(host), **{key: str(answer[key]) for key in _OF_AN_ANSWER}}
            for host, about in ledger["appliances"].items()
            for answer in about["answers"]
        ]
    except (KeyError, TypeError, AttributeError) as error:
        raise InvalidInput(
            advice(f"{path} is no whole ledger ({error!r}): make it again with ledger.yml", _LEDGER)
        ) from error
