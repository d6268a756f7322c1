# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks execution-environment.yml: the files that it names are there, and nothing in it is left open but the base image.

The form is that of ansible-builder 3 (https://docs.ansible.com/projects/builder/en/latest/definition/, read on 28 November 2026). ansible-lint checks
it against the schema. How a build uses the files: ``_build`` of the build context has them in the directory that ``dest`` names, and the
collections are installed in ``/build``, a copy of ``_build``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

FILE = "execution-environment.yml"
PINNED = re.compile(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.]*")


def problems_with(root: Path) -> list[str]:
    """Return what would let a build fail, or take what nobody has chosen."""
    content = yaml.safe_load((root / FILE).read_text(encoding="utf-8"))
    return list(_problems(content, root))


def context_files(content: Mapping[str, Any]) -> dict[str, str]:
    """Return by its path in ``_build`` each file that is put there, and its source."""
    return {
        str(PurePosixPath(entry["dest"]) / PurePosixPath(entry["src"]).name): str(entry["src"])
        for entry in content.get("additional_build_files", ())
    }


def _problems(content: Mapping[str, Any], root: Path) -> Iterator[str]:
    files, dependencies = context_files(content), content["dependencies"]
    for source in files.values():
        if not (root / source).is_file():
            yield f"{source} is missing: make release"
    for name in ("ansible_core", "ansible_runner"):
        requirement = dependencies.get(name, {}).get("package_pip")
        if requirement is not None and not PINNED.fullmatch(requirement):
            yield f"{name} has no exact version: {requirement}"
    for collection in dependencies["galaxy"]["collections"]:
        if collection.get("type") != "file" or collection["name"] not in files:
            yield f"the collection {collection['name']} is not a file of the build"
    for step in (step for steps in content.get("additional_build_steps", {}).values() for step in steps):
        if step.startswith("COPY _build/") and step.split()[1].removeprefix("_build/") not in files:
            yield f"no file for the step: {step}"
        if "pip install" in step and "--require-hashes" not in step:
            yield f"packages without hashes: {step}"
