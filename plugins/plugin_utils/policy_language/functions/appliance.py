# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Expressions with a value that only the appliance knows.

Such an expression is UNDETERMINED where it decides the result, so that other policies can still be evaluated.
"""

from __future__ import annotations

from typing import Any

from ..call import Call
from ..registry import function, prefix
from ..results import unknown
from ..typesystem import Boolean, Double, Number, Term, Text, Type, User, Vserver


def _unknown(_unused: Any) -> Any:
    unknown()


def _of_type(call: Call, type_: Type) -> Term:
    return call.result(type_, _unknown, partial=True)


@prefix("SYS.CHECK_LIMIT")
def check_limit(call: Call) -> Term:
    call.expect(1)
    call.literal_text(0)
    return _of_type(call, Boolean())


@prefix("SYS.RANDOM")
def random(call: Call) -> Term:
    call.expect(0)
    return _of_type(call, Double())


@prefix("SYS.VSERVER")
def vserver(call: Call) -> Term:
    call.expect(1)
    call.literal_text(0)
    return _of_type(call, Vserver())


@function(Vserver, "ACTIVESERVICES", "RESPTIME")
def vserver_number(call: Call) -> Term:
    call.expect(0)
    return _of_type(call, Number())


@prefix("CLIENT.SSL.CLIENT_CERT.EXISTS", "CLIENT.SSL.CLIENT_CERT.IS_VALID")
def client_certificate_state(call: Call) -> Term:
    call.expect(0)
    return _of_type(call, Boolean())


@prefix("CLIENT.SSL.CLIENT_CERT.SUBJECT", "CLIENT.SSL.CLIENT_HELLO.SNI")
def handshake_text(call: Call) -> Term:
    call.expect(0)
    return _of_type(call, Text())


@prefix("CLIENT.SSL.VERSION")
def ssl_version(call: Call) -> Term:
    call.expect(0)
    return _of_type(call, Number())


@function(User, "ATTRIBUTE")
def user_attribute(call: Call) -> Term:
    call.expect(1)
    call.literal_text(0)
    return _of_type(call, Text())
