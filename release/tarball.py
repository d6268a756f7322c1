# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Builds the tarball of the collection from the last commit. What lies in the tree beside it, or is changed in it, is not read."""

from __future__ import annotations

import io
import subprocess
import tarfile
import tempfile
from pathlib import Path

from release.programs import galaxy_command

CONTENT = (
    "CONTRIBUTING.md",
    "LICENSE",
    "README.md",
    "SECURITY.md",
    "changelogs/changelog.yaml",
    "changelogs/config.yaml",
    "docs",
    "meta",
    "playbooks",
    "plugins",
    "requirements.txt",
    "requirements.yml",
    "roles",
    "templates",
)
"""What a control node needs, and its documentation: files, and directories with all that the commit has in them. ``build_ignore`` in galaxy.yml
leaves out the rest."""
SHOWN = 5


def build_tarball(root: Path, target: Path) -> Path:
    """Build the tarball of the last commit into a directory, and return its path.

    :raises SystemExit: with the output of ansible-galaxy, if it fails
    """
    archive = git(root, "archive", "--format=tar", "HEAD", "--", "galaxy.yml", *CONTENT)
    with tempfile.TemporaryDirectory() as folder, tarfile.open(fileobj=io.BytesIO(archive)) as content:
        source = Path(folder) / "source"  # beside the home that ansible-galaxy makes in the folder
        content.extractall(source, filter="data")
        galaxy_command(Path(folder), "build", str(source), "--output-path", str(target))
    (built,) = target.glob("*.tar.gz")
    return built


def refuse_changes(root: Path) -> None:
    """Refuse a tree that is not that of its last commit. Files that git ignores are not counted.

    :raises SystemExit: with the names of files that are changed, or that git does not have
    """
    lines = git(root, "status", "--porcelain", "--untracked-files=all", "-z").decode(errors="replace").split("\0")
    changed = [line[3:] for line in lines if line[2:3] == " "]
    if changed:
        more = f" and {len(changed) - SHOWN} more" if len(changed) > SHOWN else ""
        raise SystemExit(
            f"NOT READY: the tree has changes that are not committed: {', '.join(changed[:SHOWN])}{more}. A release is built from the last "
            "commit. Commit them, or put them aside with git stash --include-untracked, then make release again."
        )


def git(root: Path, *arguments: str) -> bytes:
    """Return the output of git."""
    return subprocess.run(["git", *arguments], cwd=root, stdout=subprocess.PIPE, check=True).stdout
