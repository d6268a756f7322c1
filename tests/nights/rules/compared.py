# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where the evaluator of the product, which simulated appliances have, decides otherwise about the traffic of a night."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from simulator.node.node import Node
from simulator.traffic import policy_banks, responder
from tests.nights.rules.traffic import decision_of


@contextmanager
def compared() -> Iterator[list[str]]:
    """Compare each decision, which this evaluator makes; yield the list in which what differs or is not read is noted."""
    differences: list[str] = []
    judge = responder.evaluate_policies

    def both(node: Node, vserver: tuple[str, ...] | None, request: Any) -> str | None:
        text = f"{request.method} {request.url} of {request.client_ip}"
        try:
            if "RESPONDER" in node.features:
                here, there = decision_of(node, vserver, request), _of_the_product(node, vserver, request)
                if (here.action, *here.hits) != there:
                    differences.append(f"{text}: {here} here, {there} there")
            return judge(node, vserver, request)
        except Exception as error:
            differences.append(f"{text}: {error!r}")  # the client gets no answer, which would look like a block
            raise

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(responder, "evaluate_policies", both)
        yield differences


def _of_the_product(node: Node, vserver: tuple[str, ...] | None, request: Any) -> tuple[str | None, ...]:
    compiled = node.expressions
    banks = policy_banks.banks(node, compiled, responder._RESPONDER, vserver, request)
    if not banks:
        return (None,)
    decision = responder.decide(banks, request, **responder._decision_context(node, compiled))
    return (decision.action, *decision.hits)
