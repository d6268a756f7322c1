# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The inventory plugin: a fleet from a CSV file, a folder of ns.conf files, or NetScaler Console."""

from __future__ import annotations

DOCUMENTATION = r"""
name: fleet
version_added: 0.1.0
short_description: A fleet of NetScaler appliances from a CSV file, exported ns.conf files or NetScaler Console
description:
  - Reads a list of appliances and makes one host of each. An HA pair, and an appliance with admin partitions, is one host.
  - The source is a YAML file whose name ends with C(.fleet.yml) or C(.fleet.yaml). User and password of the appliances belong into
    C(group_vars/netscalers) beside it.
  - Sets C(netscaler_nodes), and where the list has them C(netscaler_customer) and C(netscaler_site). Of a CSV file also C(netscaler_partitions),
    C(netscaler_vips) and C(netscaler_certificate_pin). P(tourniquet.netscaler.appliance#role) documents these variables.
  - Sets C(fleet_source) (file and line), C(fleet_name) (the name in the list), C(fleet_build), C(fleet_state), C(fleet_partitions), C(fleet_vips)
    (the virtual servers of an ns.conf), C(fleet_columns) (further columns of a CSV file) and C(fleet_tags) (of NetScaler Console), for O(compose),
    O(groups) and O(keyed_groups). They are as of the list; no run decides by them.
  - C(fleet_vips) comes from an appliance, so it is no consent to send requests to these addresses. Give it with
    O(compose) as C(netscaler_vips) if you trust the file, or set C(netscaler_probe_networks).
  - The host name is the name in the list, without accents, and with a dash for what is not a letter, a digit, a dot, a dash or an underscore. Without a
    name it is the first address. Two appliances with the same host name or address are an error.
  - Text of the list is never rendered as a template.
extends_documentation_fragment:
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
options:
  plugin:
    description: The name of this plugin.
    type: str
    required: true
    choices: [tourniquet.netscaler.fleet]
  source:
    description:
      - V(csv) is a CSV file with a header and one line for each appliance.
      - V(ns_conf) is a folder of exported C(ns.conf) files. The two files of an HA pair become one host.
      - V(console) is the answer of C(GET /nitro/v1/config/ns) of NetScaler Console, as a JSON file (O(path)) or fetched (O(url)).
    type: str
    required: true
    choices: [csv, ns_conf, console]
  path:
    description: The file or the folder. A relative path starts at the folder of the source file.
    type: str
  columns:
    description:
      - Of a CSV file, by column the header that means it, such as C(customer) for a header C(Account). Headers with the name of a column, and the
        usual ones, English and Dutch, need no entry. Of a column that nobody uses a warning tells.
      - The columns are C(name) (C(hostname), C(host)), C(nodes) (C(nsip), C(ip_address)), C(secondary) (C(peer), C(ha_ip_address)), C(customer)
        (C(client), C(tenant)), C(site) (C(location), C(datacenter)), C(build) (C(version), C(firmware)), C(partitions), C(vips) and
        C(certificate_pin) (C(fingerprint)). The separator is a comma, a semicolon or a tab.
      - Dutch headers are C(naam), C(hostnaam), C(ip_adres), C(beheeradres), C(primair), C(secundair), C(klant), C(klantnaam), C(opdrachtgever),
        C(locatie), C(vestiging), C(datacentrum), C(versie), C(partities) and C(vingerafdruk). Capitals, blanks and dashes do not matter.
      - C(nodes), C(partitions) and C(certificate_pin) may hold several values with blanks between them. C(vips) holds kind, name and address of each
        virtual server, such as C(vpn gw 198.51.100.10:443; cs web 198.51.100.11).
    type: dict
    default: {}
  folders:
    description:
      - Of a folder of C(ns.conf) files, what the names of the folders in it mean, from the outer to the inner one. V([customer, site]) reads
        C(Brouwer/Amsterdam/gw.conf).
    type: list
    elements: str
    default: []
  customer_tag:
    description: The tag of NetScaler Console whose value is the customer.
    type: str
    default: customer
  site_tag:
    description: The tag of NetScaler Console whose value is the site.
    type: str
    default: site
  url:
    description: The address of NetScaler Console, such as V(https://console.example.net). Its answer is fetched with one request.
    type: str
    env: [{name: TOURNIQUET_CONSOLE_URL}]
    vars: [{name: console_url}]
  user:
    description: The user of NetScaler Console. One that may only read is sufficient.
    type: str
    env: [{name: TOURNIQUET_CONSOLE_USER}]
    vars: [{name: console_user}]
  password:
    description: The password of the user. Write a template, a vaulted text, or nothing here; an extra variable and the environment count too.
    type: str
    env: [{name: TOURNIQUET_CONSOLE_PASSWORD}]
    vars: [{name: console_password}]
  ca_file:
    description: A PEM file with the CA of the certificate of NetScaler Console. The default is the CAs of this machine.
    type: str
  certificate_pin:
    description: The SHA-256 of its certificate in hexadecimal. It replaces the checks of chain and name.
    type: str
    default: ""
  timeout:
    description: The seconds for the request and its whole answer.
    type: float
    default: 60
  group:
    description: The group of all appliances; the playbooks of the collection work on V(netscalers).
    type: str
    default: netscalers
  keyed_groups:
    description: Groups by the value of an expression. The default makes a group for each customer and each site.
    type: list
    elements: dict
    default:
      - {key: netscaler_customer, prefix: customer}
      - {key: netscaler_site, prefix: site}
"""

EXAMPLES = r"""
# mine.fleet.yml, for a file such as:
#   name,nsip,peer,customer,site,version
#   gw-amsterdam,10.1.0.11,10.1.0.12,Brouwer,Amsterdam,13.0 47.22
plugin: tourniquet.netscaler.fleet
source: csv
path: fleet.csv

# A folder <customer>/<site>/<any name>.conf; groups by build, too.
# plugin: tourniquet.netscaler.fleet
# source: ns_conf
# path: exported
# folders: [customer, site]
# keyed_groups:
#   - {key: netscaler_customer, prefix: customer}
#   - {key: fleet_build, prefix: build}

# NetScaler Console, asked at most once an hour.
# plugin: tourniquet.netscaler.fleet
# source: console
# url: https://console.example.net
# user: reader
# password: "{{ lookup('ansible.builtin.env', 'CONSOLE_PASSWORD') }}"
# cache: true
# cache_plugin: ansible.builtin.jsonfile
# cache_connection: ~/.cache/tourniquet-fleet
# cache_timeout: 3600
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from ansible.errors import AnsibleError, AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet_sources.csv_file import unused_columns
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet_sources.fleet_list import FleetList, Settings
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet_sources.host_names import named
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet_sources.listed_appliance import ListedAppliance
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet_sources.refused_lists import REASONS
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    InvalidInput,
    TourniquetError,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.foreign_text import printable

SUFFIXES = (".fleet.yml", ".fleet.yaml")
PLACES = ("path", "ca_file")
USING = ("compose", "groups", "keyed_groups")
"""The options that may use a column."""
SHOWN = 8
TEMPLATES = ("url", "user", "password", *PLACES)
DEFAULT_GROUPS = [
    {"key": "netscaler_customer", "prefix": "customer"},
    {"key": "netscaler_site", "prefix": "site"},
]


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):  # type: ignore[misc,unused-ignore]
    """See DOCUMENTATION."""

    NAME = "tourniquet.netscaler.fleet"

    # The lists that this process has read: the check before the first task of a playbook reads each inventory a second time.
    _read: ClassVar[dict[str, list[ListedAppliance]]] = {}

    def verify_file(self, path: str) -> bool:
        return bool(super().verify_file(path)) and path.endswith(SUFFIXES)

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        group = str(self.get_option("group") or "netscalers")
        try:
            hosts = named(self._appliances(path, cache), group)
            self._require_own_nodes(hosts)
        except TourniquetError as error:
            REASONS[path] = str(error)
            raise AnsibleParserError(str(error)) from None
        self._name_unused_columns(hosts.values())
        inventory.add_group(group)
        for host, appliance in hosts.items():
            self._add(host, appliance, group)

    def _name_unused_columns(self, appliances: Iterable[ListedAppliance]) -> None:
        """Warn of columns that nobody uses: a header that is not known would leave out what it means without a word."""
        uses = [json.dumps(self.get_option(name), default=str) for name in USING]
        unused = unused_columns(appliances, uses)
        if unused:
            more = f" and {len(unused) - SHOWN} more" if len(unused) > SHOWN else ""
            self.display.warning(
                printable(
                    f"{self.get_option('path')}: nobody uses the columns {', '.join(unused[:SHOWN])}{more}. Name in `columns` what one means, "
                    f"such as {{customer: {unused[0]}}}; all are in the variable fleet_columns."
                )
            )

    def _require_own_nodes(self, hosts: Mapping[str, ListedAppliance]) -> None:
        """:raises InvalidInput: where a host of another source would get other nodes: its password would be sent to them"""
        for host, appliance in hosts.items():
            other = self.inventory.get_host(host)
            nodes = other.get_vars().get("netscaler_nodes") if other else None
            if nodes is not None and nodes != list(appliance.nodes):
                raise InvalidInput(
                    printable(
                        f"{appliance.where}: {host} has other nodes in another source of the inventory. Give one of the two appliances another name."
                    )
                )

    def _appliances(self, path: str, cache: bool) -> list[ListedAppliance]:
        """Return the appliances of the list: those that were read before, if the list is the same, or read anew."""
        fleet = FleetList(self._settings(Path(path).resolve().parent))
        state = fleet.state()
        memory = hashlib.sha256(json.dumps([path, state, fleet.settings.password]).encode()).hexdigest()
        if cache and memory in self._read:
            return self._read[memory]
        uses_cache, key = bool(self.get_option("cache")), self.get_cache_key(path)
        found = self._cached(key, state) if cache and uses_cache else None
        if found is None:
            found = fleet.read()
            if uses_cache:
                self._cache[key] = {"state": state, "appliances": [each.as_json() for each in found]}
        self._read[memory] = found
        return found

    def _cached(self, key: str, state: str) -> list[ListedAppliance] | None:
        """Return the appliances in the cache; None where it has none, or those of another list."""
        try:
            cached = self._cache[key]
            if cached["state"] != state:
                return None
            return [ListedAppliance.from_json(each) for each in json.loads(json.dumps(cached["appliances"]))]
        except (KeyError, TypeError):
            return None

    def _settings(self, folder: Path) -> Settings:
        values = {name: self.get_option(name) for name in Settings.OPTIONS}
        for name in TEMPLATES:
            if isinstance(values[name], str):
                values[name] = self._rendered(name, values[name])
        for name in PLACES:
            if values[name]:
                values[name] = str(folder / Path(str(values[name])).expanduser())
        return Settings.of(json.loads(json.dumps(values, default=str)))

    def _rendered(self, name: str, value: str) -> str:
        try:
            return str(self.templar.template(value))
        except AnsibleError as error:
            raise InvalidInput(f"{name} has no value: {error}") from None

    def _add(self, host: str, appliance: ListedAppliance, group: str) -> None:
        inventory, strict = self.inventory, bool(self.get_option("strict"))
        inventory.add_host(host, group=group)
        variables = appliance.variables()
        for name, value in variables.items():
            inventory.set_variable(host, name, value)
        compose = self.get_option("compose")
        self._set_composite_vars(compose, variables, host, strict=strict)
        if compose:
            variables = inventory.get_host(host).get_vars()
        self._add_host_to_composed_groups(
            self.get_option("groups"), variables, host, strict=strict, fetch_hostvars=False
        )
        keyed = self.get_option("keyed_groups")
        if keyed == DEFAULT_GROUPS:
            self._add_to_default_groups(host, variables)
        else:
            self._add_host_to_keyed_groups(keyed, variables, host, strict=strict, fetch_hostvars=False)

    def _add_to_default_groups(self, host: str, variables: Mapping[str, Any]) -> None:
        """Do what the default keyed groups say, without their templates, which would cost more than all the rest."""
        for keyed in DEFAULT_GROUPS:
            value = variables.get(keyed["key"])
            if value:
                name = self.inventory.add_group(self._sanitize_group_name(f"{keyed['prefix']}_{value}"))
                self.inventory.add_child(name, host)
