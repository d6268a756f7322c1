# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Settles by experiments how one appliance behaves."""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ...appliance.nitro.connection import Connection
from ...appliance.object_reads.vserver_reads import read_vips
from ...catalogue.run_parameters import RunParameters
from ...foundation.errors import InvalidInput, Refused
from ...foundation.next_action import AGAIN, COMMANDS, advice, command_values
from ..common.approval_option import approval_facts
from ..common.noted_shell import noted_commands
from ..common.result import Result
from ..common.task import RUN, Task
from .experiment import OWNER
from .measurement import Allowed, Laboratory, Measurement, gateway_vip
from .page import found_lines, found_text, plan_lines
from .result_file import result_values, write_result

PORTS = range(1, 65536)


class Prove(Task):
    """Settle the open facts of one appliance; in check mode list the requests, and send none."""

    def run(self) -> Result:
        allowed = allowed_of(self.appliance.name, self.options)
        if self.check_mode:
            planned = {"report": plan_lines(self.appliance.name, allowed)}
            return Result(changed=False, msg="nothing was sent", own=planned)
        found = self._measure(replace(allowed, marker=secrets.token_hex(16)))
        values = result_values(found, datetime.now(UTC).date())
        try:
            files = write_result(Path(self.options["results"]).expanduser(), values)
        except OSError as error:
            raise Refused(
                f"{self.appliance.name}: results: {error.filename or self.options['results']} cannot be written "
                f"({error.strerror}). Name another directory with -e results=DIRECTORY; what was measured is lost."
            ) from error
        problem = found.problem or ("scratch objects are left: see the report" if found.left else "")
        own = {
            "result": values,
            "left": found.left,
            "files": files,
            "report": found_lines(self.appliance.name, found, files),
            COMMANDS: command_values(advice("run it again", AGAIN)) if problem else [],
            **({"failed": True} if problem else {}),
        }
        told = f"{problem}; {found_text(found)}" if problem else found_text(found)
        return Result(changed=bool(found.left), msg=told, own=own)

    def _measure(self, allowed: Allowed) -> Measurement:
        options = self.options
        parameters = RunParameters(
            appliance=self.appliance,
            owner=OWNER,
            records=Path(options["records"]),
            run=RUN,
            reason=options["reason"],
            lock=options["lock"],
            break_lock=options["break_lock"],
            approval=approval_facts(options),
        )
        noted = noted_commands(self, self.appliance.user if allowed.scratch else "")
        with noted, Connection(self.appliance) as connection:
            vip = None
            if allowed.gateway:
                vips = self.appliance.vips if self.appliance.vips is not None else read_vips(connection.primary)
                vip = gateway_vip(connection, allowed.gateway, vips)
            return Laboratory(connection, allowed, vip=vip).measure(parameters)


def allowed_of(host: str, options: Mapping[str, Any]) -> Allowed:
    """Return what the operator allows.

    :raises InvalidInput: where an address or a port is none, or a permission is given without the one that it needs
    """
    scratch, gateway, globally = bool(options["scratch"]), str(options["gateway"]), bool(options["globally"])
    if (gateway or globally) and not scratch:
        raise InvalidInput(f"{host}: gateway and globally need -e scratch=true too. Nothing was sent.")
    if globally and not gateway:
        raise InvalidInput(
            f"{host}: globally needs -e gateway=NAME too: its log-on page is asked for. Nothing was sent."
        )
    if not gateway.isprintable():
        raise InvalidInput(f"{host}: gateway is {gateway!r}: write the name of a Gateway. Nothing was sent.")
    return Allowed(
        scratch=scratch,
        address=_address(host, str(options["scratch_address"])),
        port=_port(host, int(options["scratch_port"])),
        gateway=gateway,
        globally=globally,
    )


def _address(host: str, text: str) -> str:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        address = None
    if address is None or address.is_unspecified or address.is_multicast or address.is_loopback:
        raise InvalidInput(
            f"{host}: scratch_address is {text!r}: write an IP address that no client uses, such as 192.0.2.250. Nothing was sent."
        )
    return str(address)


def _port(host: str, number: int) -> int:
    if number not in PORTS:
        raise InvalidInput(f"{host}: scratch_port is {number}: write a number from 1 to 65535. Nothing was sent.")
    return number


TASK = Prove
