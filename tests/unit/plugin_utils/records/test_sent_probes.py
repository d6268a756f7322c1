# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The runs that sent probes and left no change record: what they note, and what is read of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.folder import make_folder
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.sent_probes import (
    FILE,
    noted_probes,
    sent_probes,
)


def test_beginning_and_end_are_noted_once_each(tmp_path: Path) -> None:
    assert sent_probes(tmp_path, "gw-a") == ()
    make_folder(tmp_path, "gw-a")
    assert sent_probes(tmp_path, "gw-a") == ()
    with noted_probes(tmp_path, "gw-a", "abc"):
        (begun,) = sent_probes(tmp_path, "gw-a")
        assert (begun.run, begun.ended) == ("abc", None)
    with pytest.raises(KeyError), noted_probes(tmp_path, "gw-a", "abd"):
        raise KeyError
    first, second = sent_probes(tmp_path, "gw-a")
    assert (first.run, first.began, second.run) == ("abc", begun.began, "abd")
    assert first.ended is not None
    assert second.ended is not None
    assert datetime.now(UTC) - timedelta(minutes=5) < first.began <= first.ended <= second.began <= second.ended
    assert sent_probes(tmp_path, "gw-b") == ()


def test_a_line_that_is_no_note_counts_for_nothing(tmp_path: Path) -> None:
    began = datetime.now(UTC).isoformat()
    lines = (
        "[]",
        "{}",
        '{"run": "a", "beg',
        json.dumps({"run": "a", "began": "2020-01-15T02:00:00", "ended": ""}),
        json.dumps({"run": "a", "began": began, "ended": "2020-01-15T02:00:00"}),
        json.dumps({"run": "good", "began": began, "ended": ""}),
    )
    path = make_folder(tmp_path, "gw-a") / FILE
    path.write_text("\n".join(lines))
    path.chmod(0o600)
    assert [one.run for one in sent_probes(tmp_path, "gw-a")] == ["good"]


def test_what_somebody_else_may_have_written_is_refused(tmp_path: Path) -> None:
    path = make_folder(tmp_path, "gw-a") / FILE
    path.touch()
    path.chmod(0o666)
    with pytest.raises(InvalidInput, match="others may write to it"):
        sent_probes(tmp_path, "gw-a")


def test_no_probe_is_sent_that_cannot_be_noted(tmp_path: Path) -> None:
    (make_folder(tmp_path, "gw-a") / FILE).mkdir()
    sent = []
    with (
        pytest.raises(InvalidInput, match=r"gw-a: the probes cannot be noted in .* -e records="),
        noted_probes(tmp_path, "gw-a", "abc"),
    ):
        sent.append(1)
    assert not sent
    with pytest.raises(InvalidInput, match=r"gw-a: .* cannot be read"):
        sent_probes(tmp_path, "gw-a")
