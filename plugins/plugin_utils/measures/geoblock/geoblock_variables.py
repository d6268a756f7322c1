# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The variables ``geoblock_*`` of the inventory, checked strictly before anything is sent. Pure.

The role geoblock documents the variables.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...appliance.nitro.appliance import VIP_KINDS, kind_of
from ...catalogue.measure import Mode
from ...foundation.errors import InvalidInput
from .country_data.address_ranges import parse_network
from .country_data.gaps import ACLS, DATASETS, LOCATION
from .country_data.policy import Policy, check_accepted
from .country_data.source import CountrySource
from .templates import Templates

AUTO = "auto"
LAST_BAND = 99990  # the highest first number of a band of ACLs; nsacl ends at 100000, nsacl6 at 81920
METHODS = (AUTO, LOCATION, DATASETS, ACLS)
ANSWERS = ("drop", "reset", "forbidden")
_VARIABLES = {"method": "way"}  # a field whose variable has another name
_OF_POLICY = ("policy", "countries", "networks", "exceptions", "families")
_NAMED = ("countries", "networks")
_KINDS = ", ".join(VIP_KINDS)


@dataclass(frozen=True)
class Settings:
    """The geoblock that the inventory asks for on one appliance.

    :ivar cache: where downloads and compiled sets are kept
    :ivar vservers: (kind, name) of the virtual servers; an empty kind means any
    :ivar priority: of the policies at each bind point
    :ivar acl_priority: the first number of the band of our ACLs
    :ivar expires: seconds after which the first copies of ACLs expire, a multiple of 4
    :ivar many_acls: more than 2,000 ACLs are accepted
    :ivar import_from: the address at which appliances find what is in the cache, or ""
    :ivar entries: how many entries a data set may have
    :ivar templates: the directory of the operator's own templates; None if there is none
    """

    policy: Policy
    source: CountrySource
    cache: Path
    accept: frozenset[str]
    vservers: tuple[tuple[str, str], ...]
    mode: Mode
    method: str
    answer: str
    priority: int
    acl_priority: int
    expires: int
    many_acls: bool
    entries: int
    trusted_proxies: tuple[str, ...] = ()
    import_from: str = ""
    templates: Path | None = None

    def own_templates(self, version: int) -> Templates:
        """Return the templates of a version of the measure, with the operator's own in their place."""
        return Templates(version, self.templates)

    @classmethod
    def from_variables(cls, variables: Any, *, where: str) -> Settings | None:
        """Check the variables of one host. Return None if nothing is asked for.

        A misspelt name is an error even then: ``geoblock_polcy`` would otherwise remove what is there.

        :param variables: plain JSON values by their names without ``geoblock_``
        :raises InvalidInput: naming the host, the variable and the fix
        """
        reader = _Reader(variables or {}, where)
        reader.refuse_unknown()
        reader.refuse_without_policy()
        return None if reader.variables.get("policy") in (None, "") else reader.read()


class _Reader:
    def __init__(self, variables: Any, where: str) -> None:
        self.variables = variables
        self.where = where

    def wrong(self, name: str, problem: str) -> InvalidInput:
        return InvalidInput(f"{self.where}: geoblock_{name} {problem}")

    def refuse_unknown(self) -> None:
        if not isinstance(self.variables, Mapping):
            raise InvalidInput(
                f"{self.where}: the variables geoblock_* must be a mapping, not {kind_of(self.variables)}"
            )
        fields = (_VARIABLES.get(field, field) for field in Settings.__dataclass_fields__)
        known = tuple(dict.fromkeys((*_OF_POLICY, "source", *fields)))
        for name in self.variables:
            if name not in known:
                raise self.wrong(str(name), f"is unknown. Known are {', '.join(f'geoblock_{each}' for each in known)}.")

    def refuse_without_policy(self) -> None:
        """Refuse countries or networks without a word on what to do with them: nothing would be blocked, and what is in place would be removed."""
        named = [name for name in _NAMED if self.variables.get(name)]
        if named and self.variables.get("policy") is None:
            raise self.wrong(
                named[0],
                "has no effect without geoblock_policy. Set geoblock_policy to block or to allow, or to an empty text where no geoblock is wanted here.",
            )

    def read(self) -> Settings:
        policy = {name: self.variables[name] for name in _OF_POLICY if name in self.variables}
        expires = self.number("expires", 300, 8, 86400)
        if expires % 4:
            raise self.wrong("expires", f"must be a multiple of 4 seconds (NITRO reference, nsacl), not {expires}")
        return Settings(
            policy=Policy.from_variables(policy, where=self.where),
            source=CountrySource.from_variables(self.variables.get("source"), where=self.where),
            cache=self.cache(),
            accept=check_accepted(self.variables.get("accept", []), where=self.where),
            vservers=self.vservers(),
            mode=Mode(self.choice("mode", tuple(Mode), None)),
            method=self.choice("way", METHODS, AUTO),
            answer=self.choice("answer", ANSWERS, "drop"),
            priority=self.number("priority", 80, 1, 2147483646),
            acl_priority=self.number("acl_priority", 50000, 1, LAST_BAND),
            expires=expires,
            many_acls=self.truth("many_acls"),
            entries=self.number("entries", 5000, 10, 1000000),
            trusted_proxies=self.networks("trusted_proxies"),
            import_from=self.address("import_from"),
            templates=self.directory("templates"),
        )

    def cache(self) -> Path:
        value = self.variables.get("cache")
        if not isinstance(value, str) or not value:
            raise self.wrong("cache", "must name a directory on the control node")
        return Path(value).expanduser()

    def directory(self, name: str) -> Path | None:
        value = self.variables.get(name, "")
        if not isinstance(value, str):
            raise self.wrong(name, f"must name a directory on the control node, not {value!r}")
        return Path(value).expanduser() if value else None

    def vservers(self) -> tuple[tuple[str, str], ...]:
        example = "[gateway], or with its kind [{name: shop, kind: cs}]"
        value = self.variables.get("vservers")
        if not isinstance(value, list) or not value:
            raise self.wrong("vservers", f"must list the virtual servers that are protected, such as {example}")
        found = []
        for one in value:
            kind, name = (one.get("kind", ""), one.get("name")) if isinstance(one, dict) else ("", one)
            if not isinstance(name, str) or not name or kind not in ("", *VIP_KINDS):
                raise self.wrong("vservers", f"holds {one!r}: write {example}; a kind is one of {_KINDS}")
            if isinstance(one, dict) and (unknown := sorted(set(one) - {"name", "kind"})):
                raise self.wrong("vservers", f"has an unknown key {unknown[0]!r}: write {example}")
            found.append((kind, name))
        if len(set(found)) != len(found):
            raise self.wrong("vservers", "names the same virtual server twice")
        return tuple(found)

    def choice(self, name: str, choices: tuple[str, ...], default: str | None) -> str:
        value = self.variables.get(name, default)
        if value not in choices:
            raise self.wrong(name, f"must be one of {', '.join(choices)}, not {value!r}")
        return str(value)

    def number(self, name: str, default: int, low: int, high: int) -> int:
        value = self.variables.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self.wrong(name, f"must be a whole number from {low} to {high}, not {value!r}")
        return value

    def truth(self, name: str) -> bool:
        value = self.variables.get(name, False)
        if not isinstance(value, bool):
            raise self.wrong(name, f"must be true or false, not {kind_of(value)}")
        return value

    def address(self, name: str) -> str:
        value = self.variables.get(name, "")
        if not isinstance(value, str) or (value and not re.fullmatch(r"https?://[!-~]+", value)):
            raise self.wrong(name, f"must begin with https:// or http://, not {value!r}")
        return value

    def networks(self, name: str) -> tuple[str, ...]:
        value = self.variables.get(name, [])
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            raise self.wrong(name, "must be a list of networks as texts")
        for entry in value:
            try:
                parse_network(entry)
            except ValueError as error:
                raise self.wrong(name, str(error)) from None
        return tuple(value)
