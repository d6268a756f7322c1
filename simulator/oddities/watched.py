# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Registers what monitoring reads, and the few writes among it: ntpsync, ticket authorities of a Gateway."""

from __future__ import annotations

from simulator import monitoring
from simulator.call import Call
from simulator.types import Row

from .registry import READS, writes

READS.update(monitoring.READS)


@writes("ntpsync", "POST", "enable")
def _enable_ntp(call: Call, row: Row) -> None:
    monitoring.switch_ntp(call, "ENABLED")


@writes("ntpsync", "POST", "disable")
def _disable_ntp(call: Call, row: Row) -> None:
    monitoring.switch_ntp(call, "DISABLED")


@writes("vpnvserver_staserver_binding", "POST")
@writes("vpnvserver_staserver_binding", "PUT")
@writes("vpnglobal_staserver_binding", "POST")
@writes("vpnglobal_staserver_binding", "PUT")
def _bind(call: Call, row: Row) -> None:
    monitoring.bind_sta(call, row, call.target.type, monitoring.STA_BINDINGS[call.target.type])


@writes("vpnvserver_staserver_binding", "DELETE")
@writes("vpnglobal_staserver_binding", "DELETE")
def _unbind(call: Call, row: Row) -> None:
    monitoring.unbind_sta(call, call.target.type, monitoring.STA_BINDINGS[call.target.type])
