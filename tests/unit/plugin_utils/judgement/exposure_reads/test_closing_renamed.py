# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is said of a virtual server that is not there any more: whether another one has what was bound there decides nothing, and is told."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.resource_types import ObjectId
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure_reads import closing_renamed

SHOP: ObjectId = ("lbvserver", ("shop",))


@pytest.mark.parametrize(
    ("others", "told"),
    [
        ([], "there is no lb vserver shop any more; if it was renamed, nothing of ours is bound there under its new name"),
        ([("lbvserver", ("a",))], "there is no lb vserver shop any more; a has what our run bound there: if it was renamed, it still is closed"),
        (
            [("lbvserver", ("a",)), ("lbvserver", ("b",))],
            "there is no lb vserver shop any more; a, b has what our run bound there: if it was renamed, it still is closed",
        ),
    ],
)  # fmt: skip
def test_the_others_with_our_bindings_are_named(others: list[ObjectId], told: str) -> None:
    assert closing_renamed._told(SHOP, others) == told


@pytest.mark.parametrize(
    ("binding", "moved"),
    [
        (
            ("lbvserver_responderpolicy_binding", ("shop", "tq_a", "REQUEST")),
            ("lbvserver_responderpolicy_binding", ("new", "tq_a", "REQUEST")),
        ),
        (
            ("vpnvserver_responderpolicy_binding", ("shop", "tq_a", "REQUEST")),
            ("vpnvserver_responderpolicy_binding", ("new", "tq_a", "REQUEST")),
        ),
    ],
)
def test_a_binding_is_looked_for_at_the_other_with_the_rest_of_its_key(binding: Any, moved: ObjectId) -> None:
    assert closing_renamed._moved(binding, ("lbvserver", ("new",))) == moved
