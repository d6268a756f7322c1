# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options that the modules share which connect by SSH."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  ssh_user:
    description:
      - An account of its own for the shell; it needs the command policy C(superuser). Mandatory with O(ssh).
    type: str
    default: ""
  ssh_password:
    description:
      - Its password, from a vault. Either this or O(ssh_key_file).
    type: str
    default: ""
  ssh_key_file:
    description:
      - A private key on the control node.
    type: path
  ssh_host_keys:
    description:
      - The public host keys of the nodes, each as type and base64. Mandatory with O(ssh).
    type: list
    elements: str
    default: []
  ssh_port:
    description:
      - The port of SSH.
    type: int
    default: 22
"""

    ACCOUNT = r"""
options:
  user:
    description: The administrator who logs on over SSH. The account needs C(superuser), since no other one may use the shell.
    type: str
    default: ""
  password:
    description: The password of that account. Either this or O(key_file).
    type: str
    default: ""
  key_file:
    description: The private key of that account on the control node, without a passphrase or in an agent.
    type: path
  host_keys:
    description: The public host keys of the nodes, each as type and base64. Nothing is sent to a node that shows another one.
    type: list
    elements: str
    default: []
  port:
    description: The port of SSH on the nodes.
    type: int
    default: 22
"""
