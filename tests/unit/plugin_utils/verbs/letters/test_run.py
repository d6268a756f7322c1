# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What letters.yml asks for before it writes anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.letters.run import WriteLetters

GIVEN: dict[str, Any] = {
    **dict.fromkeys(("templates", "written", "facts_file", "ledger", "consents", "allowed_signers"), ""),
    "time_zone": "Europe/Amsterdam",
    "sender": {"name": "S. Bakker", "mail": "s.bakker@example.com", "phone": "+31 20 555 0199"},
}


def test_without_facts_it_says_how_to_make_a_ledger(tmp_path: Path) -> None:
    given = {**GIVEN, "letters": str(tmp_path / "letters"), "record_key": str(tmp_path / "key")}
    said = "localhost: no facts: make the ledger with ledger.yml, then name its ledger.json with ledger, besides next_message and entries"
    with pytest.raises(InvalidInput, match=said) as refused:
        WriteLetters("localhost", given, {}, check_mode=False).run()
    assert [one["playbook"] for one in refused.value.commands] == ["ledger.yml"]
    assert not (tmp_path / "letters").exists()
