# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The settings that belong to one node of a pair: they are neither propagated nor synchronised (command reference, ha node; ns config)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from simulator.configuration.command_line import Word, token
from simulator.types import Attribute, Row
from simulator.types.common import SWITCHED, YES_NO, text
from simulator.types.errors import NitroError

HA_SETTINGS = {
    setting.name: setting
    for setting in (
        text("hastatus", enum=("ENABLED", "STAYSECONDARY", "DISABLED", "STAYPRIMARY"), cli="haStatus"),
        text("hasync", enum=SWITCHED, cli="haSync"),
        text("haprop", enum=SWITCHED, cli="haProp"),
        text("failsafe", enum=("ON", "OFF"), cli="failSafe"),
        text("syncstatusstrictmode", enum=SWITCHED, cli="syncStatusStrictMode"),
        Attribute("hellointerval", kind="number", low=200, high=1000, cli="helloInterval"),
        Attribute("deadinterval", kind="number", low=3, high=60, cli="deadInterval"),
        Attribute("maxflips", kind="count", low=0, cli="maxFlips"),
        Attribute("maxfliptime", kind="count", low=0, cli="maxFlipTime"),
        Attribute("syncvlan", kind="count", low=1, high=4094, cli="syncvlan"),
    )
}  # NITRO reference, hanode
ADDRESS_SETTINGS = {
    setting.name: setting
    for setting in (
        text("ipaddress", cli="IPAddress"),
        text("netmask", cli="netmask"),
        Attribute("nsvlan", kind="count", low=2, high=4094, cli="nsvlan"),
        Attribute("ifnum", kind="list", cli="ifnum"),
        text("tagged", enum=YES_NO, cli="tagged"),
    )
}  # NITRO reference, nsconfig
HA_NOUN, ADDRESS_NOUN = "HA node", "ns config"


@dataclass
class OwnSettings:
    """HA settings of a node, its peers by their ID, and its management address if it was changed."""

    ha: Row = field(default_factory=dict)
    peers: dict[str, Row] = field(default_factory=dict)
    address: Row = field(default_factory=dict)

    def copy(self) -> OwnSettings:
        return OwnSettings(dict(self.ha), {number: dict(row) for number, row in self.peers.items()}, dict(self.address))

    def lines(self) -> list[str]:
        """Return the lines of ns.conf."""
        written = [f"set {ADDRESS_NOUN}{_options(ADDRESS_SETTINGS, self.address)}"] if self.address else []
        for number, peer in self.peers.items():
            inc = " -inc ENABLED" if peer["inc"] == "ENABLED" else ""
            written.append(f"add {HA_NOUN} {number} {peer['ipaddress']}{inc}")
        return [*written, *([f"set {HA_NOUN}{_options(HA_SETTINGS, self.ha)}"] if self.ha else [])]


def _options(settings: dict[str, Attribute], row: Row) -> str:
    return "".join(f" -{settings[name].cli} {token(value)}" for name, value in row.items())


def checked(settings: dict[str, Attribute], given: Row) -> Row:
    """Return settings as GET shows them. Raises the NitroError of an unknown or wrong one."""
    if given.keys() - settings.keys():
        raise NitroError(278)
    return {name: settings[name].show(settings[name].coerce(value)) for name, value in given.items()}


def read_line(command: list[Word]) -> Row | None:
    """Return the HA settings of a line of ns.conf, none for a peer, which the fleet file decides, None for other lines."""
    verb, noun = command[0].text.lower(), " ".join(word.text for word in command[1:3]).lower()
    if (verb, noun) == ("add", HA_NOUN.lower()):
        return {}
    if (verb, noun) != ("set", HA_NOUN.lower()):
        return None
    names = {setting.cli.lower(): name for name, setting in HA_SETTINGS.items()}
    given: dict[str, Any] = {}
    waiting = command[3:]
    while waiting:
        option = waiting.pop(0).option
        if option not in names or not waiting:
            raise ValueError(f"unknown option {option}")
        given[names[option]] = waiting.pop(0).text
    return checked(HA_SETTINGS, given)
