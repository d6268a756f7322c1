# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An expression of a playbook that reads an option by its short name reads its full name too.

With ``status.yml -e verify_source=FOLDER`` the appliances of the inventory were read, and with ``on_box.yml -e node_local_on_box=present`` all appliances
were changed at once: the playbooks knew the short names only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.role_variables import (
    OF_CATALOGUE,
    SHORT,
)

ROOT = Path(__file__).parents[2]
PLAYBOOKS = sorted((ROOT / "playbooks").rglob("*.yml"))
ROLE = re.compile(r"tourniquet\.netscaler\.([a-z_]+)")
VERIFIES = re.compile(r"'(verify|measure)' if")


def names_of(role: str) -> dict[str, set[str]]:
    """Return by short name the full names of an option of a role."""
    found: dict[str, set[str]] = {}
    specification = yaml.safe_load((ROOT / "roles" / role / "meta/argument_specs.yml").read_text(encoding="utf-8"))
    for entry in specification["argument_specs"].values():
        for full in entry.get("options") or {}:
            option = full.removeprefix(f"{role}_")
            for short in SHORT.get(option, (option,)) if option != full and option not in OF_CATALOGUE else ():
                found.setdefault(short, set()).add(full)
    return found


def expressions(text: str) -> Iterator[str]:
    """Yield what is between double braces, and what follows ``when:``, without its strings."""
    for inside in re.findall(r"\{\{(.*?)\}\}|when: (.+)", text, re.DOTALL):
        yield re.sub(r"'[^']*'", "''", "".join(inside))


def roles_of(text: str) -> set[str]:
    named = set(ROLE.findall(text)) | set(VERIFIES.findall(text))
    return {role for role in named if (ROOT / "roles" / role).is_dir()}


@pytest.mark.parametrize("path", PLAYBOOKS, ids=lambda path: path.stem)
def test_an_option_is_read_by_its_full_name_too(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    known = [names_of(role) for role in sorted(roles_of(text))]
    for expression in expressions(text):
        words = set(re.findall(r"(?<![\w.])[a-z_]+", expression))
        for short in words:
            full = set().union(*(names.get(short, set()) for names in known))
            assert not full or words & full, f"{path.name} reads {short}, and none of {sorted(full)}: {expression}"
