# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""sslvserver: the SSL settings that each SSL virtual server has; the binding of a certificate to it. NITRO reference."""

from __future__ import annotations

from typing import Any

from simulator.configuration.ssl_vserver_checks import replaced_certificates
from simulator.nitro import generic_reads, generic_writes
from simulator.nitro.call import Call
from simulator.nitro.handlers.registry import reads, writes
from simulator.types import TYPES, Row
from simulator.types.errors import NitroError
from simulator.types.ssl_vservers import CERTIFICATE_BINDING


@reads("sslvserver")
def _settings(call: Call) -> Any:
    type_, running = TYPES["sslvserver"], call.node.running
    unknown = next((name for name in call.args if name not in ("vservername", "cipherdetails")), None)
    if unknown:
        raise NitroError(1090, unknown)
    name = call.name or call.args.get("vservername", "")
    generic_reads.feature_warning(call, type_)
    if name:
        return [generic_reads.show(call.node, type_, running.need(type_, name, call.appliance))]
    owners = (row for owner in type_.of for row in running.table(owner).values() if type_.accompanies(row))
    return [generic_reads.show(call.node, type_, running.need(type_, row["name"], call.appliance)) for row in owners]


@writes(CERTIFICATE_BINDING, "POST")
@writes(CERTIFICATE_BINDING, "PUT")
def _bind_certificate(call: Call, row: Row) -> None:
    bound = {"vservername": call.name, **row}
    replaces = bool(replaced_certificates(call.node.running, bound))
    generic_writes.write(call, row)
    if replaces:
        call.warnings.append(NitroError(1546))
