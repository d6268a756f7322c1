# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How an execution node is reached over a Receptor mesh: the mapping ``receptor`` of the inventory, with strict types. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import InvalidInput

KEYS = ("socket", "node", "work_type", "sign_work", "tls_client")
EXAMPLE = "receptor: {socket: /run/receptor/receptor.sock, node: utrecht, sign_work: true, tls_client: mesh}"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@-]{0,252}")


@dataclass(frozen=True)
class ReceptorRoute:
    """The way to a node of a mesh.

    :ivar socket: the control socket of the Receptor of the controller
    :ivar node: the name of the node in the mesh
    :ivar work_type: of the node: its ``work-command`` that starts ``ansible-runner worker``
    :ivar sign_work: the Receptor of the controller signs what it submits (``work-signing`` there)
    :ivar tls_client: the ``tls-client`` of the Receptor of the controller by which it speaks to the node; "" for none
    """

    socket: str
    node: str
    work_type: str = "ansible-runner"
    sign_work: bool = False
    tls_client: str = ""


def read_receptor_route(name: str, value: Any) -> ReceptorRoute:
    """Return the way to a node.

    :param name: of the execution node
    :raises InvalidInput: with what is wrong, without the variable
    """
    if not isinstance(value, Mapping):
        raise InvalidInput("receptor must be a mapping")
    unknown = sorted(str(key) for key in value.keys() - set(KEYS))
    if unknown:
        raise InvalidInput(f"receptor has {', '.join(unknown)}; it may have {', '.join(KEYS)}")
    socket, sign_work = value.get("socket"), value.get("sign_work", False)
    if not isinstance(socket, str) or not socket.startswith("/") or not socket.isprintable():
        raise InvalidInput("receptor.socket must be the absolute path of a control socket on the controller")
    if not isinstance(sign_work, bool):
        raise InvalidInput("receptor.sign_work must be true or false")
    names = {"node": name, "work_type": "ansible-runner", "tls_client": ""}
    given = {key: value.get(key, default) for key, default in names.items()}
    for key, one in given.items():
        if not isinstance(one, str) or not (_NAME.fullmatch(one) or (not one and key == "tls_client")):
            raise InvalidInput(f"receptor.{key} must be a name: letters, digits and .:@_-")
    return ReceptorRoute(socket, given["node"], given["work_type"], sign_work, given["tls_client"])
