# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of the SSL settings of virtual servers and of the certificates that are bound to them: error list, SSL; NITRO reference."""

from __future__ import annotations

from simulator.configuration.check_registry import checks, link_checks
from simulator.configuration.environment import Environment
from simulator.configuration.rows import Rows
from simulator.types import Row
from simulator.types.errors import NitroError
from simulator.types.ssl_vservers import CERTIFICATE_BINDING

_LEAST_COUNT = 500


@checks("sslvserver")
def _settings(configuration: Rows, row: Row, old: Row | None, env: Environment) -> None:
    if 0 < row.get("dhcount", 0) < _LEAST_COUNT:
        raise NitroError(1551)
    if 0 < row.get("ersacount", 0) < _LEAST_COUNT:
        raise NitroError(1553)
    if row.get("sesstimeout", 1) == 0:
        raise NitroError(1552)
    if row.get("dh") == "ENABLED" and not row.get("dhfile"):
        raise NitroError(1555)
    if "ersacount" in row and row.get("ersa", "ENABLED") == "DISABLED":
        raise NitroError(1559)
    if "dhcount" in row and row.get("dh", "DISABLED") == "DISABLED":
        raise NitroError(1560)
    if "sesstimeout" in row and row.get("sessreuse", "ENABLED") == "DISABLED":
        raise NitroError(1561)
    if row.get("redirectportrewrite") == "ENABLED" and row.get("sslredirect", "DISABLED") == "DISABLED":
        raise NitroError(1585)


@link_checks(CERTIFICATE_BINDING)
def _certificate(configuration: Rows, row: Row, env: Environment) -> None:
    """Let a server certificate replace the bound one; CA certificates and those for SNI are bound beside it (error list, 1546)."""
    pair = configuration.table("sslcertkey").get((row["certkeyname"],))
    if not row.get("ca") and pair is not None and "key" not in pair:
        raise NitroError(1547)
    for key in replaced_certificates(configuration, row):
        configuration.drop(CERTIFICATE_BINDING, key)


def replaced_certificates(configuration: Rows, row: Row) -> list[tuple[str, ...]]:
    """Return the keys of the bindings that a new binding replaces."""
    if row.get("ca") or row.get("snicert"):
        return []
    return [
        key
        for key, other in configuration.table(CERTIFICATE_BINDING).items()
        if other["vservername"] == row["vservername"] and not other.get("ca") and not other.get("snicert")
    ]
