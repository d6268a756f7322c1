# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``make release`` makes files that belong together, in a tree of a commit, and says what to publish; ansible-builder
makes the context of an image from them. tests/project/test_tarball.py has the refusal of a dirty tree."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.documentation.tracked import commit_all, copy_tree

pytestmark = pytest.mark.only_in_all


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A clone of the project, with everything committed."""
    copy_tree(tmp_path / "clone")
    commit_all(tmp_path / "clone")
    return tmp_path / "clone"


def release(tree: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "release"],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree), "SOURCE_DATE_EPOCH": "1795824000"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def build_context(tree: Path) -> set[str]:
    """Return the paths of the files that ansible-builder makes of ``execution-environment.yml``; an image would be built from them."""
    context = tree / "build" / "context"
    subprocess.run(
        [
            Path(sys.executable).with_name("ansible-builder"),
            "create",
            "--context",
            context,
            "--output-filename",
            "Containerfile",
        ],
        cwd=tree,
        check=True,
        capture_output=True,
        timeout=120,
    )
    steps = (context / "Containerfile").read_text(encoding="utf-8")
    copied = re.findall(r"^COPY _build/(\S+) /usr/share/tourniquet/", steps, re.MULTILINE)
    assert copied == ["python/requirements.lock"]
    assert "--require-hashes --requirement /usr/share/tourniquet/requirements.lock" in steps
    return {str(path.relative_to(context)) for path in context.rglob("*") if path.is_file()}


def test_a_release_is_built_and_checked_and_nothing_is_published(tree: Path) -> None:
    done = release(tree)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Nothing was published." in done.stdout
    assert "galaxy.yml has no repository" in done.stdout
    built = tree / "build" / "release"
    sums = dict(reversed(line.split()) for line in (built / "SHA256SUMS").read_text(encoding="utf-8").splitlines())
    files = {path.name for path in built.iterdir()} - {"SHA256SUMS"}
    assert (
        files
        == sums.keys()
        == {
            "CHANGELOG.md",
            "LICENCES.md",
            "requirements.lock",
            "sbom.cdx.json",
            "tourniquet-netscaler-0.1.0.tar.gz",
            "tourniquet-netscaler.tar.gz",
        }
    )
    assert all(hashlib.sha256((built / name).read_bytes()).hexdigest() == value for name, value in sums.items())
    bill = json.loads((built / "sbom.cdx.json").read_text(encoding="utf-8"))
    (hashed,) = bill["metadata"]["component"]["hashes"]
    assert hashed["content"] == sums["tourniquet-netscaler-0.1.0.tar.gz"]
    assert bill["metadata"]["timestamp"] == "2026-11-28T00:00:00+00:00"

    context = build_context(tree)
    assert context >= {
        "_build/requirements.yml",
        "_build/collections/tourniquet-netscaler.tar.gz",
        "_build/python/requirements.lock",
    }
