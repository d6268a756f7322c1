# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which messages the firewall rules of a Receptor let through. Pure.

The first rule that matches decides; a message that no rule matches is let through (``docs/source/user_guide/firewall.rst`` of Receptor, tried with 1.5.5).
A pattern is not executed: an accepting one may match each message, and a rejecting one may match none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

FOREIGN = "another node"
"""Stands for a node that no rule names."""


def lets_through(rules: Iterable[Mapping[str, str]], message: Mapping[str, str]) -> bool:
    """Return True where a message may get through.

    :param message: values of ``fromnode``, ``tonode`` and ``toservice``
    """
    for rule in rules:
        accepts = rule["action"].casefold() == "accept"
        if all(_matches(value, message.get(key), accepts) for key, value in rule.items() if key != "action"):
            return accepts
    return True


def _matches(value: str, of_message: str | None, accepts: bool) -> bool:
    if of_message is None or (len(value) > 1 and value.startswith("/") and value.endswith("/")):
        return accepts
    return value == of_message
