# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Dataclasses as JSON values, and back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.dataclass_json import from_plain, to_plain

from tests.played_together import played_together


class Colour(Enum):
    RED = "red"


@dataclass(frozen=True)
class Leaf:
    name: str
    colour: Colour
    size: int | None = None


@dataclass(frozen=True)
class Tree:
    leaves: tuple[Leaf, ...]
    pair: tuple[int, bool]
    words: frozenset[str] = frozenset()


TREE = Tree((Leaf("a", Colour.RED), Leaf("b", Colour.RED, 3)), (1, True), frozenset({"x", "y"}))


def test_what_goes_through_json_is_the_same() -> None:
    assert from_plain(Tree, json.loads(json.dumps(to_plain(TREE)))) == TREE


@played_together(
    "value",
    [
        None,
        [],
        [[], [1, True], 3],
        [[], [1, True], [3]],
        [[["a", "blue", None]], [1, True], []],
        [[["a", "red", "3"]], [1, True], []],
        [[["a", "red"]], [1, True], []],
        ["text", [1, True], []],
        [[], [1], []],
        [[], [True, True], []],
        [[], [1, True]],
    ],
)
def test_what_is_of_another_form_is_refused(value: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        from_plain(Tree, value)
