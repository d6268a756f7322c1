# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Downloads: verified by checksum and TLS, bounded, and kept whole or not at all. The server is on the loopback address."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    CannotConnect,
    InvalidInput,
    TourniquetError,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.compiled import (
    Compiled,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.compiler import (
    compile_policy,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.source import (
    CountrySource,
)

from tests.unit.plugin_utils.measures.geoblock.country_data.geodata import TODAY, WORLD, policy_of
from tests.unit.plugin_utils.scripted_server import Certificates, Raw, Reply, Server, serve

SHA = hashlib.sha256(WORLD.encode()).hexdigest()
UNDATED = WORLD.partition("\n")[2]


@pytest.fixture
def fetched(https: Server, certificates: Certificates, tmp_path: Path) -> Any:
    def fetch(content: str = WORLD, target: str = "/world.csv", port: int = 0, **more: Any) -> Compiled:
        file = {
            "url": f"https://127.0.0.1:{port or https.port}{target}",
            "sha256": hashlib.sha256(content.encode()).hexdigest(),
        }
        source = {"name": "world", "licence": "none", "files": [file], "ca_file": certificates.ca_file, **more}
        return compile_policy(
            policy_of("block", "RU"),
            CountrySource.from_variables(source, where="here"),
            tmp_path / "cache",
            accept=frozenset({"stale"}),
            today=TODAY,
        )

    return fetch


def kept(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "cache").iterdir() if path.name != ".lock")


def test_a_file_is_fetched_once_and_kept_under_its_checksum(fetched: Any, https: Server, tmp_path: Path) -> None:
    https.script("GET", "/world.csv", Reply(200, WORLD.encode()))
    compiled = fetched()
    assert fetched() == compiled
    assert len(https.received) == 1
    assert (tmp_path / "cache" / SHA).read_text() == WORLD
    assert compiled.provenance.files == {f"https://127.0.0.1:{https.port}/world.csv": SHA}


def test_data_without_a_date_is_as_old_as_the_server_says(fetched: Any, https: Server) -> None:
    https.script(
        "GET", "/world.csv", Reply(200, UNDATED.encode(), (("Last-Modified", "Thu, 05 Nov 2026 10:00:00 GMT"),))
    )
    assert fetched(UNDATED).provenance.date == date(2026, 11, 5).isoformat()


@pytest.mark.parametrize(
    ("answer", "more", "error", "problem"),
    [
        (
            Reply(200, b"something else"),
            {},
            InvalidInput,
            f"has the SHA-256 .* and {SHA} is expected. Nothing was kept",
        ),
        (Reply(404, b"no"), {}, CannotConnect, "can't be downloaded .*404: Reason"),
        (Reply(200, WORLD.encode()), {"max_bytes": 100}, CannotConnect, r"larger than 100 bytes: raise .*max_bytes"),
        (Reply(302, b"", (("Location", "http://127.0.0.1:1/"),)), {}, CannotConnect, "which isn't https"),
        (Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhalf"), {}, TourniquetError, "world.csv"),
        (Raw(b"\x1b[2Jnothing like HTTP\r\n\r\n"), {}, CannotConnect, "can't be downloaded"),
    ],
)
def test_what_is_not_the_file_is_not_kept(
    fetched: Any, https: Server, tmp_path: Path, answer: Any, more: Any, error: type[Exception], problem: str
) -> None:
    https.script("GET", "/world.csv", answer)
    with pytest.raises(error, match=problem) as raised:
        fetched(**more)
    assert str(raised.value).isprintable()
    assert kept(tmp_path) == []


def test_a_server_that_trickles_is_left(fetched: Any, https: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 10000, 400))
    monkeypatch.setattr(
        "ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.download.time.monotonic",
        lambda: next(clock),
    )
    https.script("GET", "/world.csv", Reply(200, WORLD.encode()))
    with pytest.raises(CannotConnect, match=r"takes longer than 300 s: raise geoblock_source\.timeout"):
        fetched()


@pytest.mark.parametrize("name", ["elsewhere", "self"])
def test_a_server_that_is_not_trusted_gets_no_question(
    fetched: Any, certificates: Certificates, tmp_path: Path, name: str
) -> None:
    with (
        serve(certificates.context(name)) as other,
        pytest.raises(CannotConnect, match="CERTIFICATE_VERIFY_FAILED"),
    ):
        fetched(port=other.port)
    assert other.received == []
    assert kept(tmp_path) == []


def test_a_ca_file_that_is_none_is_named(fetched: Any, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"ca_file .*absent\.pem can't be read"):
        fetched(ca_file=str(tmp_path / "absent.pem"))


def test_what_was_damaged_in_the_cache_is_not_used(fetched: Any, https: Server, tmp_path: Path) -> None:
    https.script("GET", "/world.csv", Reply(200, WORLD.encode()))
    fetched()
    (tmp_path / "cache" / SHA).write_text("damaged")
    with pytest.raises(InvalidInput, match="has the SHA-256"):
        fetched()
