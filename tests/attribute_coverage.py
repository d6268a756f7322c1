# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Count what the simulator does with the documented attributes: python -m tests.attribute_coverage [--list] [FILE].

FILE (default: simulator/types/documented_attributes.txt) names attributes and the operations that have them in their payload; the attributes
of the tables of the same types are counted too. A type, an attribute and an operation together are behaviour, stored or refused; --list
prints the refused ones. FILE of one version can be counted against the tables of another.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from simulator.types import BINDINGS, TYPES, Attribute, Type

_FILE = Path(__file__).parents[1] / "simulator" / "types" / "documented_attributes.txt"
_OPERATIONS = {"a": "add", "u": "update", "s": "unset"}


def documented(text: str) -> dict[str, dict[str, str]]:
    """Return the letters of the operations of each attribute of each type; those in answers only are left out."""
    found: dict[str, dict[str, str]] = {}
    for line in text.splitlines():
        if line.startswith("["):
            found[line.strip("[]")] = named = {}
        elif line and line[0] != "#" and (words := line.split())[2] != "r":
            named[words[0].lower()] = words[2]
    return found


def outcomes(text: str) -> dict[tuple[str, str, str], str]:
    """Return what becomes of each type, attribute and operation."""
    found = {}
    for name, listed in documented(text).items():
        entry = TYPES.get(name) or BINDINGS.get(name)
        known = {one.name.lower(): one for one in entry.attributes} if entry else {}
        own = {key: _letters(one) for key, one in known.items() if not one.read_only}
        for attribute, letters in {**own, **listed}.items():
            for letter in letters:
                found[name, attribute, _OPERATIONS[letter]] = _outcome(entry, known.get(attribute), letter)
    return found


def _letters(one: Attribute) -> str:
    return ("a" if one.create_only else "au") + ("s" if one.can_unset else "")


def _outcome(entry: object, one: Attribute | None, letter: str) -> str:
    if one is None or (letter == "u" and one.create_only) or (letter == "s" and not one.can_unset):
        return "refused"
    if letter == "u" and isinstance(entry, Type) and not entry.can_update:
        return "refused"
    return "stored" if getattr(one, "stored_only", False) else "behaviour"


def main(arguments: list[str]) -> int:
    """Print the counts."""
    paths = [Path(word) for word in arguments if word != "--list"]
    found = outcomes((paths[0] if paths else _FILE).read_text(encoding="ascii"))
    if "--list" in arguments:
        print(*(".".join(place) for place, outcome in found.items() if outcome == "refused"), sep="\n")
    pairs = {place[:2] for place, outcome in found.items() if outcome == "refused" and place[2] == "add"}
    counted = Counter(found.values())
    print(
        f"{len(found)} of types, attributes and operations: {', '.join(f'{counted[word]} {word}' for word in ('behaviour', 'stored', 'refused'))}"
    )
    print(f"{len(pairs)} pairs of a type and an attribute are refused at an add")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
