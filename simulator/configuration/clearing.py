# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What `clear ns config` keeps, by level (command reference, ns config; NITRO reference, nsconfig)."""

from __future__ import annotations

from simulator.configuration import text_commands
from simulator.configuration.configuration import Configuration
from simulator.configuration.passwords import hashed
from simulator.types import DEFAULT_MODES, Row
from simulator.types.system import SUPERUSER

LEVELS = ("basic", "extended", "full")
# The beginnings of the types that are kept: addresses and network settings, then features and modes.
_NETWORK = ("route", "vlan", "dns", "nsip")
_KEPT = {
    "basic": (*_NETWORK, "nsfeature", "nsmode", "systemuser"),
    "extended": (*_NETWORK, "systemuser"),
    "full": ("route", "nsip", "systemuser"),
}
_KEPT_ADDRESSES = {"basic": ("NSIP", "MIP", "SNIP"), "extended": ("NSIP", "MIP", "SNIP"), "full": ("NSIP",)}
_DEFAULT_ROUTES = ("0.0.0.0", "::/0")  # noqa: S104 -- a network
_ADMINISTRATORS = ("systemuser", "systemgroup", "systemcmdpolicy", "systemglobal")


def clear(configuration: Configuration, level: str, salt: str, *, administrators: bool) -> None:
    """Remove everything that a level does not keep.

    :param administrators: keep administrators and their policies: `rbaconfig` NO, at the level basic only
    """
    for name in list(configuration.rows):
        for key, row in list(configuration.table(name).items()):
            if administrators and level == "basic" and name.startswith(_ADMINISTRATORS):
                continue
            if not _stays(name, row, level):
                configuration.drop(name, key)
            elif name == "systemuser":  # the superuser's password only, and not at the level full
                kept = hashed(SUPERUSER, salt) if level == "full" else row.get("_hash")
                configuration.put(name, key, {"username": SUPERUSER, "_hash": kept})
    if not configuration.table("nsmode"):
        configuration.switch("nsmode", "mode", list(DEFAULT_MODES), True)


def _stays(name: str, row: Row, level: str) -> bool:
    if name == text_commands.TABLE:
        return text_commands.is_network(row)
    if not name.startswith(_KEPT[level]) or name.startswith("systemuser_"):
        return False
    if name in ("nsip", "nsip6"):
        return row.get("type", "SNIP") in _KEPT_ADDRESSES[level]
    if name == "systemuser":
        return bool(row["username"] == SUPERUSER)
    return level != "full" or row.get("network") in _DEFAULT_ROUTES
