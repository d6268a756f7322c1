# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of profiles of the application firewall, and of their deny URLs."""

from __future__ import annotations

from simulator.configuration.check_registry import checks, link_checks
from simulator.configuration.environment import Environment
from simulator.configuration.rewrite_checks import check_regex
from simulator.configuration.rows import Rows
from simulator.types import TYPES, Row
from simulator.types.errors import NitroError

SECURITY_CHECKS = tuple(
    one for one in TYPES["appfwprofile"].attributes if one.kind == "list" and one.name.endswith("action")
)


@checks("appfwprofile")
def _profile(configuration: Rows, row: Row, old: Row | None, env: Environment) -> None:
    """`none` switches all actions of a check off, so it stands alone (command reference, appfw profile)."""
    for name in (check.name for check in SECURITY_CHECKS):
        words = row.get(name)
        if words is None:
            continue
        row[name] = words = list(dict.fromkeys(words))
        if "none" in words and len(words) > 1:
            raise NitroError(1097, name, " ".join(words))
    if row.get("htmlerrorobject"):
        raise NitroError(3187, row["htmlerrorobject"])  # no error page can be imported here


@link_checks("appfwprofile_denyurl_binding")
def _deny_url(configuration: Rows, row: Row, env: Environment) -> None:
    check_regex(row["denyurl"])
