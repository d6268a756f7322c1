# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Copies of the tree, with what git has of it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def tracked() -> list[str]:
    """Return the files that git has, or would have after the next commit."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, timeout=60).stdout.decode()
    return [name for name in listed.split("\0") if name and (ROOT / name).exists()]


def copy_tree(target: Path) -> None:
    """Copy these files; links stay links."""
    for name in tracked():
        copy = target / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, copy, follow_symlinks=False)


def commit_all(tree: Path) -> None:
    """Make a repository of a copy, with one commit of all that is in it."""
    identity = ("-c", "user.name=Maintainer", "-c", "user.email=maintainer@example.org")
    for arguments in (
        ["init", "--quiet"],
        ["add", "--all"],
        [*identity, "commit", "--quiet", "--message", "all of it"],
    ):
        subprocess.run(["git", *arguments], cwd=tree, check=True, capture_output=True, timeout=60)
