# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The commands of README.md, the tutorial and the how-to pages do what the pages say, typed as they stand there."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

import pytest
import yaml

from demo.fleet import Fleet
from tests.documentation.blocks import COMMANDS, blocks, executed
from tests.documentation.player import PASSWORD, Player
from tests.documentation.tracked import ROOT
from tests.playbooks.bundles import signed_bundle
from tests.stage.client import ask

README = ROOT / "README.md"
TUTORIAL = ROOT / "docs" / "tutorial" / "first-fleet.md"
HOW_TO = ROOT / "docs" / "how-to"
REFERENCE = ROOT / "docs" / "reference"
# Documentation addresses of the pages, and the second octet of the addresses that stand for them: tests are played at the same time.
REPLACED = {
    "192.0.2.11:443": "127.{0}.1.11:8443",
    '"192.0.2.11"': '"127.{0}.1.11:8443"',
    "198.51.100.10, port: 443": "127.{0}.1.13, port: 9443",
    "vpx,192.0.2.11,": "vpx,127.{0}.1.11:8443,",
    "198.51.100.10:443": "127.{0}.1.13:9443",
    "[gateway, shop]": "[gw]",
    "~/.ssh/id_ed25519": "alice",  # of four-eyes.md
    "/usr/share/tor/": "",  # beside the page, relative to the clone
}
OCTET_OF_SIMULATOR, OCTET_OF_README, OCTET_OF_TUTORIAL, FIRST_OCTET = 87, 88, 89, 90
MITIGATION = "-e mitigation=cve_2019_19781"
APPLY = (
    f"ansible-playbook -i inventory/mine playbooks/apply.yml {MITIGATION} -e ticket=CHG0042 -e rollout_bake_seconds=0"
)


def nothing(_player: Player, _fleet: Fleet) -> None:
    """The page begins on an appliance that has nothing of ours."""


def the_mitigation_is_applied(player: Player, _fleet: Fleet) -> None:
    done = player.run(APPLY)
    assert done.returncode == 0, done.stdout


def the_mitigation_is_applied_and_logged(player: Player, _fleet: Fleet) -> None:
    done = player.run(f"{APPLY} -e measure_audit_log=true")
    assert done.returncode == 0, done.stdout


def the_fix_is_installed(player: Player, fleet: Fleet) -> None:
    the_mitigation_is_applied(player, fleet)
    fleet.control("/appliances/vpx/build", build="13.0 47.24")


def a_fixed_build(_player: Player, fleet: Fleet) -> None:
    """Nothing but a fixed build is opened again without consent."""
    fleet.control("/appliances/vpx/build", build="13.0 47.24")


def a_whitelist(player: Player, _fleet: Fleet) -> None:
    player.write_files(HOW_TO / "whitelist.md")


def days_of_traffic(player: Player, fleet: Fleet) -> None:
    """Six users ask for three pages on four days, while the whitelist observes."""
    a_whitelist(player, fleet)
    done = player.run(APPLY.replace(MITIGATION, "-e mitigation=url_whitelist -e measure_audit_log=true"))
    assert done.returncode == 0, done.stdout
    (gateway,) = fleet.ready["appliances"]["vpx"]["vservers"]
    for _day in range(4):
        for client in range(1, 7):
            for page in ("/news/today", "/news/archive", "/Citrix/StoreWeb/Resources/List"):
                assert ask(gateway, page, client=f"127.0.92.{client}").status
        fleet.control("/appliances/vpx/clock", advance=86400)


def a_project_of_ones_own(player: Player, _fleet: Fleet) -> None:
    """The inventory of README.md in the project of the page."""
    player.write_files(HOW_TO / "installed-collection.md")
    shutil.copytree(player.clone / "inventory" / "mine", player.clone / "fleet" / "inventory")


def an_exported_file(player: Player, _fleet: Fleet) -> None:
    player.write_files(HOW_TO / "whole-catalogue.md")


def data_of_countries(player: Player, _fleet: Fleet) -> None:
    """Two countries in the form of the data of Tor, as fresh as today."""
    player.write_files(HOW_TO / "geoblocking.md")
    header = f"# Last updated based on {datetime.now(UTC):%Y-%m-%d} data\n"
    first, last = (int(ip_address(text)) for text in ("198.51.100.0", "198.51.100.255"))
    (player.clone / "geoip").write_text(f"{header}{first},{last},RU\n{first + 512},{last + 512},UA\n", encoding="utf-8")
    (player.clone / "geoip6").write_text(f"{header}2001:db8:9::,2001:db8:9::ffff,RU\n", encoding="utf-8")


def a_list_of_appliances(player: Player, fleet: Fleet) -> None:
    player.write_files(HOW_TO / "inventory.md")
    pinned(player.clone / "host_vars" / "vpx.yml", fleet)


def a_user_to_make(player: Player, _fleet: Fleet) -> None:
    player.write_files(HOW_TO / "least-privilege.md")


def pinned(variables: Path, fleet: Fleet) -> None:
    """Write the pin of the appliance into a file of variables."""
    pin = fleet.ready["appliances"]["vpx"]["nodes"][0]["certificate_sha256"]
    variables.parent.mkdir(parents=True, exist_ok=True)
    variables.write_text(f"netscaler_certificate_pin: {pin}\n", encoding="utf-8")


# Pages on the appliance of README.md, and what was done before.
def a_signed_bundle(player: Player, _fleet: Fleet) -> None:
    player.write_files(HOW_TO / "catalogue-updates.md")
    signed_bundle(player.clone, player.clone / "inventory", 202611281200)


def an_approver(player: Player, _fleet: Fleet) -> None:
    """The demand of the page, and the key of Alice with her line in the list; the page signs with it."""
    player.write_files(HOW_TO / "four-eyes.md")
    # The environment of a test names another state directory than that of the account, so the inventory names the key of the records.
    named = f"tourniquet_record_key: {player.clone / 'record_key'}\n"
    variables = player.clone / "inventory" / "mine" / "group_vars" / "all"
    (variables / "record_key.yml").write_text(named, encoding="utf-8")
    key = player.clone / "alice"
    done = player.run(f"ssh-keygen -q -t ed25519 -N '' -f {key}")
    assert done.returncode == 0, done.stdout
    public = key.with_suffix(".pub").read_text(encoding="ascii")
    signers = player.clone / "inventory" / "allowed_signers"
    signers.write_text(f'alice@example.com namespaces="tourniquet-approval" {public}', encoding="ascii")
    signers.chmod(0o600)


def a_customer(player: Player, _fleet: Fleet) -> None:
    customers = player.clone / "inventory" / "mine" / "group_vars" / "all" / "customers.yml"
    customers.parent.mkdir(parents=True)
    sender = "sender: {name: S. Bakker, mail: s.bakker@example.com, phone: +31 20 555 0199}"
    customers.write_text(f"tourniquet_customers: {{Brouwer: {{language: nl}}}}\n{sender}\n", encoding="utf-8")
    player.write_files(HOW_TO / "letters.md")


PAGES: dict[str, Callable[[Player, Fleet], None]] = {
    "night": nothing,
    "after-the-firmware": the_fix_is_installed,
    "second-control-node": nothing,
    "four-eyes": an_approver,
    "doctor": nothing,
    "prove": nothing,
    "hunt": nothing,
    "evidence": nothing,
    "ledger": nothing,
    "watch": nothing,
    "notice": the_mitigation_is_applied_and_logged,
    "new-entry": nothing,
    "catalogue-updates": a_signed_bundle,
    "read-logs": nothing,
    "observe": nothing,
    "supplied-policy": nothing,
    "recommended": nothing,
    "hand-made": nothing,
    "lockdown": a_fixed_build,
    "close": a_fixed_build,
    "consent": a_customer,
    "letters": a_customer,
    "whitelist": a_whitelist,
    "impact": days_of_traffic,
    "leaving": the_mitigation_is_applied,
    "installed-collection": a_project_of_ones_own,
    "whole-catalogue": an_exported_file,
    "geoblocking": data_of_countries,
    "monitoring": nothing,
    "inventory": a_list_of_appliances,
    "least-privilege": a_user_to_make,
    "reports": nothing,
}


def page_of(name: str) -> Path:
    return next(path for path in (HOW_TO / f"{name}.md", REFERENCE / f"{name}.md") if path.exists())


@pytest.mark.parametrize("page", [README, TUTORIAL, *map(page_of, PAGES)], ids=lambda page: page.stem)
def test_each_block_of_commands_is_executed_or_says_why(page: Path) -> None:
    assert executed(page)
    for block in blocks(page):
        assert block.language, f"line {block.line}: name the language of the block"
        if block.language in COMMANDS:
            assert block.language == "console", f"line {block.line}: ```console, with $ before each command"
            assert block.not_executed or block.commands(), f"line {block.line}"


def test_no_page_has_a_command_that_is_neither_executed_nor_says_why() -> None:
    others = [page for page in (ROOT / "docs").rglob("*.md") if page.stem not in PAGES and page != TUTORIAL]
    assert [
        f"{page.stem}, line {block.line}"
        for page in others
        for block in blocks(page)
        if block.language in COMMANDS and not block.not_executed and not is_test(block.executed_by)
    ] == []


def is_test(name: str) -> bool:
    """True if there is a test of this name, such as tests/engine/test_x.py::test_y."""
    file, _, function = name.partition("::")
    return bool(function) and f"\ndef {function}(" in (ROOT / file).read_text(encoding="utf-8")


@pytest.mark.only_in_all
def test_the_simulator_without_tourniquet(tmp_path: Path) -> None:
    """The block of docs/reference/simulator.md, typed into a shell in a clone."""
    (block,) = (one for one in blocks(REFERENCE / "simulator.md") if one.executed_by)
    player = Player(tmp_path, {"127.0.0.1:8443": f"127.{OCTET_OF_SIMULATOR}.1.11:8443"})
    done = player.run(f"set -e\n{player.translated(block.text)}")
    assert done.returncode == 0, done.stdout
    assert '"NetScaler NS13.1: Build 53.24' in done.stdout
    assert done.stdout.count('"errorcode"') == 1, "the write is answered without a body"


@contextmanager
def one_appliance(directory: Path, octet: int) -> Iterator[tuple[Player, Fleet]]:
    """A clone with the inventory of README.md, and the appliance that it names."""
    box = {
        "build": "13.0 47.22",
        "nodes": [f"127.{octet}.1.11:8443"],
        "users": {"nsroot": PASSWORD},
        "features": ["LB", "SSL", "SSLVPN"],
        "user_defined_audit_log": "YES",
        "vservers": [{"type": "vpn", "name": "gw", "address": f"127.{octet}.1.13:9443", "protocol": "SSL"}],
    }
    description = directory / "fleet.yml"
    description.write_text(yaml.safe_dump({"appliances": {"vpx": box}}), encoding="utf-8")
    player = Player(directory, {said: meant.format(octet) for said, meant in REPLACED.items()})
    player.write_files(README)
    with Fleet(description, directory / "build") as fleet:
        yield player, fleet


@pytest.mark.only_in_all
def test_readme_on_one_appliance(tmp_path: Path) -> None:
    with one_appliance(tmp_path, OCTET_OF_README) as (player, _fleet):
        player.play(README)


@pytest.mark.only_in_all
@pytest.mark.parametrize("name", PAGES)
def test_a_how_to_page_on_that_appliance(tmp_path: Path, name: str) -> None:
    with one_appliance(tmp_path, FIRST_OCTET + list(PAGES).index(name)) as (player, fleet):
        pinned(player.clone / "inventory" / "mine" / "host_vars" / "vpx" / "pin.yml", fleet)
        PAGES[name](player, fleet)
        player.play(page_of(name))


@pytest.mark.only_in_all
def test_the_tutorial_on_the_fleet_of_the_demo(tmp_path: Path) -> None:
    player = Player(tmp_path, {"127.20.": f"127.{OCTET_OF_TUTORIAL}."})
    for name in ("fleet.yml", "hosts.yml"):
        path = player.clone / "inventory" / "demo" / name
        path.write_text(player.translated(path.read_text(encoding="utf-8")), encoding="utf-8")
    with Fleet(player.clone / "inventory" / "demo" / "fleet.yml", player.clone / "build" / "demo"):
        player.play(TUTORIAL)


def test_a_command_that_fails_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    player = Player(tmp_path)
    page.write_text("<!-- exit code: 3 -->\n```console\n$ true\n$ (exit 3)\n```\n", encoding="utf-8")
    player.play(page)
    page.write_text("```console\n$ true\n$ (exit 3)\n```\n", encoding="utf-8")
    with pytest.raises(AssertionError, match=r"page\.md:3 ended with 3"):
        player.play(page)
    page.write_text("<!-- shows: two -->\n```console\n$ echo one\n```\n", encoding="utf-8")
    with pytest.raises(AssertionError, match="does not show 'two'"):
        player.play(page)
