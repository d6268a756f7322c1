# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of objects beyond the table of types: attributes against each other, and against the rest of the configuration."""

from __future__ import annotations

import ipaddress
import re

from simulator.configuration import certificate_pairs, location_files
from simulator.configuration.check_registry import checks
from simulator.configuration.environment import Environment
from simulator.configuration.passwords import hashed
from simulator.configuration.rows import Rows
from simulator.types import TYPES, Row
from simulator.types.errors import NitroError


@checks("responderaction")
def _action(configuration: Rows, row: Row, old: Row | None, env: Environment) -> None:
    if row["type"] in ("respondwith", "redirect") and "target" not in row:
        raise NitroError(1095, "target")
    if (
        row["type"] != "respondwith" and "target" in row
    ):  # only respondwith takes a condition (provider, acceptance test of responderaction)
        env.check_expression(row["target"], "text", configuration)
    if row["type"] == "respondwithhtmlpage" and "htmlpage" not in row:
        raise NitroError(1095, "htmlpage")
    if "htmlpage" in row and not env.has_page(
        row["htmlpage"]
    ):  # the page must have been imported (NITRO SDKs, responderaction)
        raise NitroError(3187, row["htmlpage"])
    if ("responsestatuscode" in row or "reasonphrase" in row) and row["type"] not in (
        "redirect",
        "respondwithhtmlpage",
    ):
        raise NitroError(2904)
    if row["type"] == "redirect" and not 300 <= row.get("responsestatuscode", 302) <= 399:
        raise NitroError(2905)


@checks("systemgroup")
@checks("systemuser")
def _administrators(configuration: Rows, row: Row, old: Row | None, env: Environment) -> None:
    """Check the idle time (command reference, system user and group), and replace a user's password by its hash."""
    restricted = configuration.table("systemparameter").get((), {}).get("restrictedtimeout") == "ENABLED"
    if "timeout" in row and (old is None or row["timeout"] != old.get("timeout")):
        low, high = (300, 86400) if restricted else (10, 100000000)
        if row["timeout"] > high:
            raise NitroError(1108, "timeout", high)
        if row["timeout"] < low and (restricted or row["timeout"]):
            raise NitroError(1109, "timeout", low)
    password = row.pop("password", None)
    if password is not None:
        row["_hash"] = hashed(password, env.salt)


@checks("nsip6")
def _address6(configuration: Rows, row: Row, old: Row | None, env: Environment) -> None:
    address = ipaddress.IPv6Interface(row["ipv6address"])
    if address.is_link_local != (row.get("scope", "global") == "link-local"):
        raise NitroError(278, "scope")  # no source names this code


@checks("nspartition")
def _partition(configuration: Rows, row: Row, old: Row | None, env: Environment) -> None:
    if row["partitionname"] == "default":
        raise NitroError(2754)
    numbers = [other["partitionid"] for other in configuration.table("nspartition").values()]
    row.setdefault("partitionid", max(numbers, default=0) + 1)


@checks("policyexpression")
def _named_expression(configuration: Rows, row: Row, old: Row | None, env: Environment) -> None:
    """Refuse a circle of named expressions (error list 2884); nesting is allowed."""
    values = {other["name"].lower(): str(other["value"]) for other in configuration.table("policyexpression").values()}
    own = row["name"].lower()
    waiting: list[str] = [str(row["value"])]
    seen: set[str] = set()
    while waiting:
        named = {word.lower() for word in _bare_words(waiting.pop())}
        if own in named:
            raise NitroError(2884)
        waiting += [values[name] for name in named - seen if name in values]
        seen |= named
    if old is not None and row["value"] != old["value"]:
        trial = configuration.copy()
        trial.put("policyexpression", (own,), row)
        for type_ in TYPES.values():  # expressions that use it must stay valid
            for attribute in type_.attributes:
                for user in configuration.table(type_.name).values() if attribute.expression else ():
                    if user is not old and attribute.name in user and _bare_words(str(user[attribute.name])):
                        env.check_expression(str(user[attribute.name]), attribute.expression, trial)


def _bare_words(text: str) -> list[str]:
    """Return the words that may name another expression: outside strings, without a dot before or a bracket after them."""
    return re.findall(r'(?<![\w."\\])[A-Za-z_]\w*(?![\w("])', re.sub(r'"(?:\\.|[^"\\])*"', '""', text))


@checks("location")
def _location(configuration: Rows, row: Row, old: Row | None, env: Environment) -> None:
    """NITRO reference, location; error list 1828 to 1847, 2028 and 3013."""
    try:
        first, last = ipaddress.ip_address(row["ipfrom"]), ipaddress.ip_address(row["ipto"])
    except ValueError:
        raise NitroError(1110) from None
    if first.version != last.version:
        raise NitroError(2028)
    if int(first) > int(last):
        raise NitroError(1113)
    if len(row["preferredlocation"]) > 256:
        raise NitroError(1847)
    row["preferredlocation"] = location_files.completed(row["preferredlocation"])
    others = configuration.table("location").values()
    limit = env.switches["custom_location_limit"]
    if limit and len(others) >= limit:
        raise NitroError(1830)
    version, low, high = row["_bounds"] = (first.version, int(first), int(last))
    for other in others:
        other_version, other_low, other_high = other["_bounds"]
        if other_version == version and other_low <= high and low <= other_high:
            raise NitroError(3013)


@checks("sslcertkey")
def _certificate(configuration: Rows, row: Row, old: Row | None, env: Environment) -> None:
    """Keep the content of the files, which may be deleted later."""
    if old is None:
        row["_details"] = certificate_pairs.details(row, env)
        for other in configuration.table("sslcertkey").values():
            if other["_details"]["_fingerprint"] == row["_details"]["_fingerprint"]:
                raise NitroError(273, "certkeyName Contents", other["certkey"])  # collection issue 402


@checks("systemcmdpolicy")
def _command_policy(configuration: Rows, row: Row, old: Row | None, env: Environment) -> None:
    try:
        re.compile(row["cmdspec"])
    except (re.error, RecursionError, OverflowError):
        raise NitroError(1137) from None
