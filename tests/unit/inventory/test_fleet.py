# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The inventory plugin as Ansible calls it: hosts, groups, cache, and text that is never a template."""

from __future__ import annotations

import contextlib
import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from ansible import constants as C  # noqa: N812 -- its usual name
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.plugins import inventory as ansible_inventory
from ansible.plugins.loader import fragment_loader
from ansible.template import Templar
from ansible.utils.plugin_docs import add_fragments
from ansible.vars.manager import VariableManager
from ansible_collections.tourniquet.netscaler.plugins.inventory.fleet import DOCUMENTATION, InventoryModule
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet_sources import fleet_list
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet_sources.csv_file import HEADERS
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet_sources.refused_lists import REASONS

from tests.unit.plugin_utils.scripted_server import Certificates, Reply, make_certificates, serve

EVIL = "{{ 7 * 7 }}"


NAME = "tourniquet.netscaler.fleet"
OPTIONS: dict[str, Any] = {}


@pytest.fixture(scope="module", autouse=True)
def _options() -> None:
    """Register the options with their defaults, as Ansible's loader does, which would change how this process imports collections."""
    builtin = "ansible.builtin."  # found without it where no collection can be loaded
    documentation = yaml.safe_load(DOCUMENTATION.replace(f"- {builtin}", "- "))
    add_fragments(documentation, str(Path("fleet.py").absolute()), fragment_loader=fragment_loader)
    OPTIONS.update(documentation["options"])
    C.config.initialize_plugin_configuration_definitions("inventory", NAME, OPTIONS)


def plugin_of() -> Any:
    plugin = InventoryModule()
    plugin._load_name = plugin.ansible_name = NAME
    plugin._redirected_names = [NAME]
    return plugin


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


class Fleet:
    """A source file of the plugin, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, **settings: Any) -> Path:
        path = self.folder / "mine.fleet.yml"
        content = {"plugin": NAME, "source": "csv", "path": "fleet.csv", **settings}
        path.write_text(
            yaml.safe_dump({name: value for name, value in content.items() if value is not None}), encoding="utf-8"
        )
        return path

    def csv(self, *lines: str) -> None:
        (self.folder / "fleet.csv").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")

    def parsed(self, *, cached: bool = True, new_process: bool = True, **settings: Any) -> InventoryManager:
        """Return the inventory as a process of its own would read it."""
        loader, path = DataLoader(), self.write(**settings)
        loader.set_basedir(str(self.folder))
        manager = InventoryManager(loader, parse=False)
        plugin = plugin_of()
        if new_process:
            plugin._read.clear()
        assert plugin.verify_file(str(path))
        plugin.parse(manager._inventory, loader, str(path), cached)
        with contextlib.suppress(AttributeError):  # as the manager does: without the option there is no cache
            plugin.update_cache_if_changed()
        manager._inventory.reconcile_inventory()
        return manager


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    return Fleet(tmp_path)


def groups(manager: InventoryManager) -> dict[str, list[str]]:
    return {
        name: sorted(hosts) for name, hosts in manager.get_groups_dict().items() if name not in ("all", "ungrouped")
    }


def test_hosts_and_the_default_groups(fleet: Fleet) -> None:
    fleet.csv("name,nsip,peer,customer,site", "gw-a,10.1.0.11,10.1.0.12,De Wit,Utrecht", "gw-b,10.2.0.11,,,")
    manager = fleet.parsed()
    assert groups(manager) == {"netscalers": ["gw-a", "gw-b"], "customer_De_Wit": ["gw-a"], "site_Utrecht": ["gw-a"]}
    assert manager.get_host("gw-a").get_vars()["netscaler_nodes"] == ["10.1.0.11", "10.1.0.12"]
    assert manager.get_host("gw-b").get_vars()["fleet_source"] == f"{fleet.folder / 'fleet.csv'}:3"


def test_the_default_groups_are_those_that_the_keyed_groups_make(fleet: Fleet) -> None:
    fleet.csv(
        "name,nsip,customer,site", "gw-a,10.1.0.11,De Wit & Co,Utrecht", "gw-b,10.2.0.11,Müller,", "gw-c,10.3.0.11,,7"
    )
    same = [
        {"key": "netscaler_customer", "prefix": "customer"},
        {"key": "netscaler_site", "prefix": "site", "separator": "_"},
    ]
    assert groups(fleet.parsed()) == groups(fleet.parsed(keyed_groups=same))


def test_compose_groups_and_keyed_groups(fleet: Fleet) -> None:
    fleet.csv("name,nsip,build,tier", "gw-a,10.1.0.11,13.0 47.22,gold", "gw-b,10.2.0.11,14.1 17.38,")
    manager = fleet.parsed(
        group="appliances",
        compose={"tier": "fleet_columns.tier or 'none'"},
        groups={"old": "fleet_build is match('13.0 ')"},
        keyed_groups=[{"key": "fleet_build", "prefix": "build"}, {"key": "tier", "prefix": "tier"}],
        strict=True,
    )
    assert groups(manager) == {
        "appliances": ["gw-a", "gw-b"],
        "old": ["gw-a"],
        "build_13_0_47_22": ["gw-a"],
        "build_14_1_17_38": ["gw-b"],
        "tier_gold": ["gw-a"],
        "tier_none": ["gw-b"],
    }


@pytest.mark.parametrize("strict", [True, False])
def test_an_expression_that_fails_is_an_error_if_strict(fleet: Fleet, strict: bool) -> None:
    fleet.csv("name,nsip", "gw-a,10.1.0.11")
    if strict:
        with pytest.raises(Exception, match="Could not set x for host gw-a"):
            fleet.parsed(compose={"x": "nothing.there"}, strict=True)
    else:
        assert "x" not in fleet.parsed(compose={"x": "nothing.there"}).get_host("gw-a").get_vars()


def test_a_list_gives_a_host_of_another_source_no_other_nodes(fleet: Fleet, tmp_path: Path) -> None:
    fleet.csv("name,nsip", "gw-a,10.1.0.11")
    manager = fleet.parsed()
    other = tmp_path / "other"
    other.mkdir()
    evil = Fleet(other)
    for address, is_refused in (("10.1.0.11", False), ("10.66.6.6", True)):
        evil.csv("name,nsip", f"gw-a,{address}")
        expected = pytest.raises(Exception, match="gw-a has other nodes in another source")
        with expected if is_refused else contextlib.nullcontext():
            plugin_of().parse(manager._inventory, DataLoader(), str(evil.write()), False)
        assert manager.get_host("gw-a").get_vars()["netscaler_nodes"] == ["10.1.0.11"]


@pytest.mark.parametrize("name", ["customer_De_Wit", "Site_Utrecht", "netscalers"])
def test_no_host_has_the_name_of_a_group(fleet: Fleet, name: str) -> None:
    fleet.csv("name,nsip,customer,site", "gw-a,10.1.0.11,De Wit,Utrecht", f"{name},10.66.6.6,,")
    with pytest.raises(Exception, match=f"{name} has a meaning of its own in an inventory"):
        fleet.parsed()


def test_text_of_a_list_controls_no_terminal(fleet: Fleet) -> None:
    evil = "a\x1b[2J\nTOTAL \u202e"
    fleet.csv("name,nsip,customer,site,note", f'"g{evil}w",10.1.0.11,"{evil}","{evil}","{evil}"')
    settings = {"cache": True, "cache_plugin": "jsonfile", "cache_connection": str(fleet.folder / "cache")}
    for _cold_and_cached in range(2):
        manager = fleet.parsed(**settings)
        (host,) = manager.get_hosts()
        variables = host.get_vars()
        texts = [variables[name] for name in ("netscaler_customer", "netscaler_site", "fleet_name", "fleet_columns")]
        assert texts[0] == r"a\x1b[2J\x0aTOTAL \x202e"
        assert json.dumps(texts, ensure_ascii=False).isprintable()
        assert all(name.isprintable() for name in groups(manager))


def test_text_of_a_list_is_never_a_template(fleet: Fleet) -> None:
    fleet.csv("name,nsip,customer,note", f"gw {EVIL},10.1.0.11,{EVIL},{EVIL}")
    for settings in (
        {},
        {"cache": True, "cache_plugin": "jsonfile", "cache_connection": str(fleet.folder / "cache")},
    ):
        for _cold_and_cached in range(2):
            manager = fleet.parsed(**settings)
            assert groups(manager) == {"netscalers": ["gw-7-7"], "customer____7___7___": ["gw-7-7"]}
            variables = VariableManager(loader=DataLoader(), inventory=manager).get_vars(
                host=manager.get_host("gw-7-7")
            )
            templar = Templar(loader=DataLoader(), variables=variables)
            for name in ("fleet_name", "netscaler_customer", "fleet_columns"):
                assert "7 * 7" in str(templar.template(variables[name])), name
                assert "49" not in str(templar.template(variables[name])), name


def test_a_cached_list_is_read_again_when_it_changes(fleet: Fleet) -> None:
    settings = {
        "cache": True,
        "cache_plugin": "jsonfile",
        "cache_connection": str(fleet.folder / "cache"),
    }
    fleet.csv("name,nsip", "gw-a,10.1.0.11")
    fleet.parsed(**settings)
    (cached,) = (fleet.folder / "cache").iterdir()
    content = json.loads(cached.read_text(encoding="utf-8"))
    content = content.get("__payload__", content)
    text = content if isinstance(content, str) else json.dumps(content)
    cached.write_text(cached.read_text(encoding="utf-8").replace("10.1.0.11", "10.7.7.7"), encoding="utf-8")
    assert "10.1.0.11" in text
    assert fleet.parsed(**settings).get_host("gw-a").get_vars()["netscaler_nodes"] == ["10.7.7.7"], (
        "it comes from the cache"
    )
    assert fleet.parsed(cached=False, **settings).get_host("gw-a").get_vars()["netscaler_nodes"] == ["10.1.0.11"]
    fleet.csv("name,nsip", "gw-b,10.1.0.11")
    assert groups(fleet.parsed(**settings)) == {"netscalers": ["gw-b"]}
    cached.write_text("{}", encoding="utf-8")
    assert groups(fleet.parsed(**settings)) == {"netscalers": ["gw-b"]}, "an odd cache is not used"


def test_console_is_asked_once_by_a_process_and_no_secret_is_cached(
    fleet: Fleet, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [{"mgmt_ip_address": "10.1.0.11", "hostname": "gw-a", "profile_password": "row-s3cret"}]
    monkeypatch.setenv("TOURNIQUET_CONSOLE_USER", "reader")
    monkeypatch.setenv("OWN_PASSWORD", "own-s3cret")
    with serve(certificates.context()) as server:
        server.script("GET", "/nitro/v1/config/ns", Reply(200, {"ns": rows}))
        settings = {
            "source": "console",
            "path": None,
            "url": f"https://127.0.0.1:{server.port}",
            "password": "{{ lookup('env', 'OWN_PASSWORD') }}",
            "ca_file": certificates.ca_file,
            "cache": True,
            "cache_plugin": "jsonfile",
            "cache_connection": str(fleet.folder / "cache"),
        }
        assert groups(fleet.parsed(**settings)) == {"netscalers": ["gw-a"]}
        assert groups(fleet.parsed(**settings)) == {"netscalers": ["gw-a"]}
        assert [request.headers["x-nitro-pass"] for request in server.received] == ["own-s3cret"]
        uncached = {**settings, "cache": False}
        fleet.parsed(**uncached)
        fleet.parsed(new_process=False, **uncached)
        assert len(server.received) == 2
        fleet.parsed(new_process=False, cached=False, **uncached)
        assert len(server.received) == 3, "refresh_inventory and --flush-cache ask again"
    (cached,) = (fleet.folder / "cache").iterdir()
    assert "s3cret" not in cached.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"path": "missing.csv"}, "missing.csv cannot be read"),
        ({"source": "console", "path": None}, "needs path or url"),
        ({"path": "{{ nothing }}"}, "path has no value"),
        ({"group": "gw-a"}, "fleet.csv:2: gw-a has a meaning of its own"),
    ],
)
def test_problems_are_errors_of_the_inventory(fleet: Fleet, settings: dict[str, Any], problem: str) -> None:
    fleet.csv("name,nsip", "gw-a,10.1.0.11")
    with pytest.raises(Exception, match=problem) as raised:
        fleet.parsed(**settings)
    assert type(raised.value).__name__ == "AnsibleParserError"
    assert REASONS[str(fleet.folder / "mine.fleet.yml")] == str(raised.value)


def test_only_files_with_its_suffix_are_its_own(fleet: Fleet) -> None:
    path = fleet.write()
    other = path.rename(fleet.folder / "hosts.yml")
    assert not plugin_of().verify_file(str(other))


def test_each_option_of_the_documentation_that_names_a_list_is_a_setting() -> None:
    assert set(fleet_list.Settings.OPTIONS) <= set(OPTIONS)


def test_a_column_that_nobody_uses_is_named(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    """A header that is not known would leave out the customer without a word."""
    warned: list[str] = []
    monkeypatch.setattr(ansible_inventory, "display", SimpleNamespace(warning=warned.append, vvv=lambda *_a: None))
    fleet.csv("naam,nsip,afdeling,owner", "gw,10.1.0.11,Brouwer,ann")
    fleet.parsed()
    assert warned == [
        (
            "fleet.csv: nobody uses the columns afdeling, owner. Name in `columns` what one means, such as {customer: afdeling}; "
            "all are in the variable fleet_columns."
        )
    ]
    warned.clear()
    fleet.parsed(columns={"customer": "afdeling"}, keyed_groups=[{"key": "fleet_columns.owner", "prefix": "by"}])
    assert warned == []


def test_each_dutch_header_that_the_documentation_names_is_known() -> None:
    documented = yaml.safe_load(DOCUMENTATION)["options"]["columns"]["description"]
    (dutch,) = [text for text in documented if text.startswith("Dutch headers are ")]
    names = re.findall(r"C\((\w+)\)", dutch)
    assert len(names) == 15
    assert set(names) <= {header for headers in HEADERS.values() for header in headers}
