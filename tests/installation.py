# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Builds the tarball of the collection, and installs it as a user does, without a network."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROGRAMS = Path(sys.executable).parent


def build(tree: Path, target: Path) -> Path:
    """Build the tarball of a tree, and return its path."""
    galaxy(target.parent, "build", str(tree), "--output-path", str(target))
    (path,) = target.glob("*.tar.gz")
    return path


def install(tarball: Path, collections: Path) -> Path:
    """Install a tarball over what is there, and return the directory of the collection."""
    options = ("--collections-path", str(collections), "--offline", "--no-deps", "--force")
    galaxy(tarball.parent, "install", str(tarball), *options)
    return collections / "ansible_collections" / "tourniquet" / "netscaler"


def galaxy(directory: Path, *arguments: str) -> None:
    """Run ``ansible-galaxy collection`` with a home of its own in a directory.

    :raises AssertionError: with its output, if it fails
    """
    environment = {
        **os.environ,
        "ANSIBLE_HOME": str(directory / "home"),
        "ANSIBLE_COLLECTIONS_PATH": str(directory / "installed"),
    }
    environment.pop("ANSIBLE_CONFIG", None)
    done = subprocess.run(
        [str(PROGRAMS / "ansible-galaxy"), "collection", *arguments],
        cwd=directory,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
