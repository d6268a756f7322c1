# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files and names from which nothing can be learnt are refused with the host, the file and the fix."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address, Vip
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic import process_pool
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.attack_signatures import (
    load_scanned,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.file_chunks import cut
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.learner import _require_distinct
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.sources import require_known_vips


@pytest.mark.parametrize("text", ["- {source: x}\n", "a: b: c\n", "7\n"])
def test_a_list_of_scanned_paths_in_another_form(text: str, tmp_path: Path) -> None:
    path = tmp_path / "scanned.yml"
    path.write_text(text)
    with pytest.raises(InvalidInput, match=f"^{path}: "):
        load_scanned(path)


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=f"^{tmp_path}/x cannot be read: No such file or directory$"):
        cut(tmp_path / "x")


def test_a_file_that_goes_while_it_is_read() -> None:
    def job(_file: Any, _chunk: Any) -> Any:
        raise FileNotFoundError(2, "No such file or directory", "/logs/ns.log")

    file: Any = SimpleNamespace(chunks=lambda: [SimpleNamespace(size=1)])
    with pytest.raises(InvalidInput, match=r"^/logs/ns\.log: cannot be read: No such file or directory$"):
        process_pool.run([file], job, SimpleNamespace(merge=None), workers=1)


def test_a_virtual_server_that_the_appliance_does_not_have() -> None:
    file: Any = SimpleNamespace(source=SimpleNamespace(vip="shop"))
    with pytest.raises(
        InvalidInput, match=r"^gw-a: netscaler_logs names the vip 'shop', which .* Correct it to one of: gw\.$"
    ):
        require_known_vips([file], ["gw"], "gw-a")


def test_two_virtual_servers_whose_lists_would_have_one_name() -> None:
    vips = [Vip(name, Address("192.0.2.9", 443), "vpn") for name in ("gw-1", "gw_1")]
    parameters: Any = SimpleNamespace(host="gw-a", vips=vips)
    with pytest.raises(
        InvalidInput, match=r"^gw-a: gw-1 and gw_1 would both become the variable \S+\. Learn for one of them"
    ):
        _require_distinct(parameters)
