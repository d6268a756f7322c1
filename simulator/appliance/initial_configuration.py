# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The configurations that an appliance starts with, as the fleet file describes them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simulator.configuration import nsconf_reader
from simulator.configuration.administrators import bound_policies
from simulator.configuration.configuration import Configuration
from simulator.configuration.environment import Environment
from simulator.configuration.passwords import hashed, is_password, new_salt
from simulator.fleet_file.specification import ApplianceSpec, FleetError
from simulator.node.state import Listener
from simulator.types import BINDINGS, DEFAULT_MODES, ENTRIES, TYPES, Row
from simulator.types.errors import NitroError
from simulator.types.system import ADMINISTRATOR_BINDING, MEMBER_BINDING, SUPERUSER

log = logging.getLogger("simulator")
VSERVER_KINDS = {"vpn": "vpnvserver", "authentication": "authenticationvserver", "cs": "csvserver", "lb": "lbvserver"}


@dataclass(frozen=True)
class InitialConfigurations:
    """The saved and the running configuration, those of the admin partitions, the HA settings, and the lines of the ns.conf that are not known."""

    saved: Configuration
    running: Configuration
    partitions: Mapping[str, Configuration]
    ha: Row
    unknown_lines: tuple[str, ...]


def initial_configurations(
    spec: ApplianceSpec, vservers: Mapping[str, Listener], env: Environment
) -> InitialConfigurations:
    """Make the configurations of an appliance.

    :param vservers: the addresses of the virtual servers by the names that tell them apart
    :raises FleetError: an object is refused, or the ns.conf has unknown lines and must not
    """
    loaded = _from_ns_conf(spec, env)
    saved = loaded.configuration
    _enter_settings(saved, spec)
    _enter_administrators(saved, spec, env)
    partitions: dict[str, Configuration] = {}
    for number, (name, content) in enumerate(spec.partitions.items(), 1):
        saved.put("nspartition", (name,), {"partitionname": name, "partitionid": number})
        own = partitions[name] = Configuration()
        if content.features:
            own.switch("nsfeature", "feature", list(content.features), True)
        _enter_vservers(own, spec, vservers, name)
        _enter(own, f"{spec.name}: partitions: {name}", content.configuration, env)
    _enter_vservers(saved, spec, vservers, "")
    _enter(saved, f"{spec.name}: configuration", spec.configuration, env)
    running = saved.copy()
    _enter(running, f"{spec.name}: unsaved_configuration", spec.unsaved_configuration, env)
    return InitialConfigurations(saved, running, partitions, loaded.ha, tuple(loaded.unknown))


def _from_ns_conf(spec: ApplianceSpec, env: Environment) -> nsconf_reader.Loaded:
    if not spec.ns_conf:
        empty = nsconf_reader.Loaded()
        empty.configuration.switch("nsmode", "mode", list(DEFAULT_MODES), True)
        return empty
    loaded = nsconf_reader.load(spec.ns_conf, env)
    if loaded.unknown and spec.ns_conf_unknown == "strict":
        raise FleetError(f"{spec.name}: ns_conf: " + "; ".join(loaded.unknown))
    for line in loaded.unknown:
        log.warning("%s: ns_conf: left out: %s", spec.name, line)
    return loaded


def _enter_settings(configuration: Configuration, spec: ApplianceSpec) -> None:
    configuration.switch("nsfeature", "feature", list(spec.features), True)
    if spec.hostname:
        configuration.put("nshostname", (), {"hostname": spec.hostname})
    if spec.user_defined_audit_log == "YES":
        configuration.put("auditsyslogparams", (), {"userdefinedauditlog": "YES"})


def _enter_administrators(configuration: Configuration, spec: ApplianceSpec, env: Environment) -> None:
    """Users of the fleet file replace those of an ns.conf. A user without a command policy gets `superuser`."""
    for user, password in spec.users.items():
        known = configuration.table("systemuser").get((user,), {"username": user})
        if not is_password(password, str(known.get("_hash", ""))):
            configuration.put("systemuser", (user,), {**known, "_hash": hashed(password, new_salt())})
    for user in spec.users:
        stated = (ADMINISTRATOR_BINDING, MEMBER_BINDING)
        given = (row["username"] for binding in stated for row in spec.configuration.get(binding, ()))
        if user != SUPERUSER and user not in given and not bound_policies(configuration, user):
            row = {"username": user, "policyname": "superuser", "priority": 100}
            configuration.bind(BINDINGS[ADMINISTRATOR_BINDING], row, env)


def _enter_vservers(
    configuration: Configuration, spec: ApplianceSpec, vservers: Mapping[str, Listener], partition: str
) -> None:
    """Enter the virtual servers of the fleet file with their real addresses."""
    for where, unique, vserver in spec.all_vservers():
        if where != partition:
            continue
        listener, type_ = vservers[unique], TYPES[VSERVER_KINDS[vserver.type]]
        known = configuration.find(type_, vserver.name)
        if known is not None:  # from ns.conf: it keeps its address, the listener only receives its traffic
            listener.configured_address = (str(known.get("ipv46", "")), int(known.get("port", 0)))
            continue
        row = {"name": vserver.name, "servicetype": vserver.protocol}
        configuration.put(type_.name, (vserver.name,), {**row, "ipv46": listener.address, "port": listener.port})


_PLACES = {entry.name: place for place, entry in enumerate(ENTRIES)}  # an object comes before those that name it


def _enter(configuration: Configuration, where: str, objects: Mapping[str, Any], env: Environment) -> None:
    for name in sorted(objects, key=_PLACES.__getitem__):
        for row in objects[name]:
            try:
                if name in BINDINGS:
                    configuration.bind(BINDINGS[name], row, env)
                elif TYPES[name].singleton or configuration.find(TYPES[name], str(row.get(TYPES[name].key))):
                    configuration.update(TYPES[name], row, env, "set")
                else:
                    configuration.create(TYPES[name], row, env)
            except NitroError as error:
                raise FleetError(f"{where}: {name} {row!r}: {error.message} ({error.code})") from None
