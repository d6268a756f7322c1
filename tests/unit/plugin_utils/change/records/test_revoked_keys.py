# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The file of revoked keys: no file is no key, and a line that is not a key is an error."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.revoked_keys import (
    REVOKED,
    read_revoked,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput


def test_the_revoked_keys(tmp_path: Path) -> None:
    signers, revoked = tmp_path / "allowed_signers", tmp_path / REVOKED
    assert read_revoked(signers) == frozenset()
    for text, expected in (
        ("", set()),
        ("# all of them\n#\n\n  # ssh-ed25519 QUFB\n", set()),
        ("ssh-ed25519 QUFB\n\nssh-ed25519 QkJC comment #1\n", {b"AAA", b"BBB"}),
    ):
        revoked.write_text(text, encoding="ascii")
        revoked.chmod(0o600)
        assert read_revoked(signers) == expected, text
    for line in ("ssh-ed25519", "ssh-ed25519 Q!", "ssh-ed25519 #QUFB"):
        revoked.write_text(f"# x\n{line}\n", encoding="ascii")
        with pytest.raises(InvalidInput, match=r"revoked_keys, line 2 is not a public key: write its type"):
            read_revoked(signers)
