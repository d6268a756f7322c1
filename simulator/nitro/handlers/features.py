# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""nsfeature, nsmode, nslicense: NITRO reference; 356 from the error list."""

from __future__ import annotations

from typing import Any

from simulator.nitro.call import Call
from simulator.nitro.handlers.registry import reads, writes
from simulator.types import FEATURES, MODES, Row
from simulator.types.errors import NitroError


@reads("nsfeature")
def _features(call: Call) -> Any:
    enabled = call.node.features
    return {"feature": enabled, **{name.lower(): name in enabled for name in FEATURES.values()}}


@writes("nsfeature", "POST", "enable")
def _enable_feature(call: Call, row: Row) -> None:
    names = _known(row, "feature", FEATURES)
    unlicensed = [name for name in names if name not in call.appliance.licensed]
    if unlicensed:
        raise NitroError(356, *unlicensed)
    _switch(call, "feature", names, on=True)


@writes("nsfeature", "POST", "disable")
def _disable_feature(call: Call, row: Row) -> None:
    _switch(call, "feature", _known(row, "feature", FEATURES), on=False)


@reads("nsmode")
def _modes(call: Call) -> Any:
    enabled = call.node.running.listed("nsmode", "mode")
    return {"mode": enabled, **{name.lower(): name in enabled for name in MODES.values()}}


@writes("nsmode", "POST", "enable")
def _enable_mode(call: Call, row: Row) -> None:
    _switch(call, "mode", _known(row, "mode", MODES), on=True)


@writes("nsmode", "POST", "disable")
def _disable_mode(call: Call, row: Row) -> None:
    _switch(call, "mode", _known(row, "mode", MODES), on=False)


def _switch(call: Call, attribute: str, names: list[str], *, on: bool) -> None:
    """Enable or disable features or modes."""
    call.appliance.change(
        call.node, lambda configuration: configuration.switch(f"ns{attribute}", attribute, names, on), call.warnings
    )


def _known(row: Row, attribute: str, names: dict[str, str]) -> list[str]:
    for other in sorted(row.keys() - {attribute}):
        raise NitroError(278, other)
    value = row.get(attribute)
    if value in (None, "", []):
        raise NitroError(1095, attribute)
    found = []
    for word in value if isinstance(value, list) else str(value).replace(",", " ").split():
        if str(word).upper() not in names:
            raise NitroError(1097, attribute, word)
        found.append(names[str(word).upper()])
    return found


@reads("nslicense")
def _license(call: Call) -> Any:
    licensed = call.appliance.licensed
    return {
        **{name.lower(): name in licensed for name in FEATURES.values()},
        "f_sslvpn_users": "5",
        "f_ica_users": "0",
        "modelid": "1000",
        "isstandardlic": False,
        "isenterpriselic": False,
        "isplatinumlic": licensed == frozenset(FEATURES.values()),
        "licensingmode": "Local",
        # Newer builds show the days (check_netscaler issue 163).
        **({"daystoexpiration": "180"} if call.appliance.branch >= (14, 1) else {}),
    }
