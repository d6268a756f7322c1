# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How an execution node is reached over a Receptor mesh: the mapping ``receptor`` of the inventory, with strict types. Pure.

Each job is signed (``work-signing`` of the controller, ``verifysignature`` of the node), and goes over TLS to a node that proves its name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...foundation.errors import InvalidInput

KEYS = ("socket", "node", "work_type", "sign_work", "tls_client")
EXAMPLE = "receptor: {socket: /run/receptor/receptor.sock, node: utrecht, tls_client: mesh}"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@-]{0,252}")


@dataclass(frozen=True)
class ReceptorRoute:
    """The way to a node of a mesh.

    :ivar socket: the control socket of the Receptor of the controller
    :ivar node: the name of the node in the mesh
    :ivar work_type: of the node: its ``work-command`` that starts ``ansible-runner worker``
    :ivar tls_client: the ``tls-client`` of the Receptor of the controller by which it speaks to the node. The node proves its name to it before it gets
        anything: a result is only as true as the name of who says it (decision 0090)
    """

    socket: str
    node: str
    work_type: str = "ansible-runner"
    tls_client: str = "mesh"


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
    socket = value.get("socket")
    if not isinstance(socket, str) or not socket.startswith("/") or not socket.isprintable():
        raise InvalidInput("receptor.socket must be the absolute path of a control socket on the controller")
    if value.get("sign_work", True) is not True:
        raise InvalidInput(
            "receptor.sign_work must be true: without signatures, any node of the mesh may command this one (examples/receptor)"
        )
    names = {"node": name, "work_type": "ansible-runner", "tls_client": ReceptorRoute.tls_client}
    given = {key: value.get(key, default) for key, default in names.items()}
    for key, one in given.items():
        if not isinstance(one, str) or not _NAME.fullmatch(one):
            why = (
                ". Without it, anybody may answer under the name of this node (examples/receptor)"
                if key == "tls_client"
                else ""
            )
            raise InvalidInput(f"receptor.{key} must be a name: letters, digits and .:@_-{why}")
    return ReceptorRoute(socket, given["node"], given["work_type"], given["tls_client"])
