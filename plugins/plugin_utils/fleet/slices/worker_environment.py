# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Refuses the job of a worker whose environment has a secret: ansible-runner sends that environment to the controller with each job. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from ...foundation.errors import InvalidInput
from ...foundation.foreign_text import printable
from .confidential_variables import is_secret

FEWEST_LETTERS = 6
"""A shorter secret is looked for as a whole value: it stands in many values by chance."""
MEND = (
    "ansible-runner sends the environment to the controller with each job, so this secret has travelled: change it, keep the new one in a file of this "
    "node, and start the worker with a clean environment (exec env -i PATH=... HOME=... ansible-runner worker). Nothing was sent to an appliance."
)


def require_no_secret_in(environment: Mapping[str, str], secrets: Mapping[str, str]) -> None:
    """Check that the environment of this process has no secret.

    :param secrets: by the variable of the inventory, the secrets that the job uses
    :raises InvalidInput: naming the variable, and never its value
    """
    for name, value in environment.items():
        if value and is_secret(name):
            raise InvalidInput(
                f"the environment of the worker on this execution node has {printable(name)}, a secret by its name. {MEND}"
            )
        for variable, secret in secrets.items():
            if secret and (secret == value or (len(secret) >= FEWEST_LETTERS and secret in value)):
                raise InvalidInput(
                    f"{variable} stands in the environment of the worker on this execution node, in {printable(name)}. {MEND}"
                )
