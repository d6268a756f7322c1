# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``make release``: build what is published from the last commit into build/release, check it, and say what to publish. It publishes
nothing."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from release.changelog import changelog
from release.execution_environment import problems_with
from release.licences import licence_of, problem_with
from release.lock_file import LockedPackage, lock_text, locked_packages, of_control_node
from release.programs import galaxy_command, run
from release.sbom import sbom
from release.tarball import build_tarball, refuse_changes

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "build" / "release"
PUBLIC = ("repository", "documentation", "homepage", "issues")
"""The addresses in galaxy.yml that Galaxy shows; it refuses a collection without a repository."""
MANDATORY = ("namespace", "name", "version", "readme", "authors", "description", "license", "tags")


def main() -> int:
    """Make everything; return 1 where a check fails."""
    galaxy: dict[str, Any] = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))
    version = str(galaxy["version"])
    shutil.rmtree(TARGET, ignore_errors=True)
    refuse_changes(ROOT)
    TARGET.mkdir(parents=True)
    packages = of_control_node(locked_packages((ROOT / "requirements.lock").read_text(encoding="utf-8")))
    tarball = build_tarball(ROOT, TARGET)
    shutil.copyfile(tarball, TARGET / "tourniquet-netscaler.tar.gz")  # the name in execution-environment.yml
    write_pages(tarball, version, packages)
    problems = [
        *metadata_problems(galaxy),
        *licence_problems(packages),
        *problems_with(ROOT),
        *install_problems(tarball),
    ]
    write_checksums()
    for path in sorted(TARGET.iterdir()):
        print(f"  {path.relative_to(ROOT)}  {path.stat().st_size:,} bytes")
    for problem in problems:
        print(f"NOT READY: {problem}", file=sys.stderr)
    if not problems:
        print("\n".join(to_publish(galaxy, tarball)))
    return 1 if problems else 0


def write_pages(tarball: Path, version: str, packages: Sequence[LockedPackage]) -> None:
    """Write the lock file of a control node, the bill of materials, the licences and the page of changes."""
    made = datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH") or datetime.now(UTC).timestamp()), UTC)
    bill = sbom(version, sha256_of(tarball), packages, licence_of, made)
    licences = [f"| {one.name} | {one.version} | {licence_of(one.name)} |" for one in packages]
    pages = {
        "requirements.lock": lock_text(packages),
        "sbom.cdx.json": json.dumps(bill, indent=2) + "\n",
        "LICENCES.md": "\n".join(
            [
                "# Licences of the packages of a control node",
                "",
                "| package | version | licence |",
                "|---|---|---|",
                *licences,
            ]
        )
        + "\n",
        "CHANGELOG.md": changelog(ROOT / "changelogs", version),
    }
    for name, text in pages.items():
        (TARGET / name).write_text(text, encoding="utf-8")


def write_checksums() -> None:
    """Write the SHA-256 of each file, in the form that ``sha256sum --check`` reads."""
    lines = [f"{sha256_of(path)}  {path.name}\n" for path in sorted(TARGET.iterdir())]
    (TARGET / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")


def metadata_problems(galaxy: dict[str, Any]) -> Iterator[str]:
    """Yield what galaxy.yml lacks that every collection has."""
    for key in MANDATORY:
        if not galaxy.get(key):
            yield f"galaxy.yml has no {key}"


def licence_problems(packages: Sequence[LockedPackage]) -> Iterator[str]:
    """Yield the packages whose licence is in the way."""
    for name in dict.fromkeys(one.name for one in packages):
        problem = problem_with(name, licence_of(name))
        if problem:
            yield problem


def install_problems(tarball: Path) -> Iterator[str]:
    """Yield why the tarball cannot be installed without a network, or a playbook in it cannot be read."""
    with tempfile.TemporaryDirectory() as folder:
        galaxy_command(Path(folder), "install", str(tarball), "--collections-path", folder, "--offline", "--no-deps")
        playbooks = sorted((ROOT / "playbooks").glob("*.yml"))
        command = ["ansible-playbook", "--syntax-check", *(f"tourniquet.netscaler.{path.stem}" for path in playbooks)]
        settings = {"ANSIBLE_COLLECTIONS_PATH": folder, "ANSIBLE_HOME": folder, "ANSIBLE_LOCALHOST_WARNING": "false"}
        done = run(Path(folder), command, **settings)
        if done.returncode:
            yield f"a playbook of the tarball cannot be read: {done.stdout.strip()[-500:]}"


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def to_publish(galaxy: dict[str, Any], tarball: Path) -> list[str]:
    """Return in words what a person does next."""
    version, name = galaxy["version"], tarball.relative_to(ROOT)
    lacking = [key for key in PUBLIC if not galaxy.get(key)]
    lines = [
        "",
        f"Ready: {version}. Nothing was published. Run make test-all first, then:",
        f"  1. antsibull-changelog release --version {version}   moves the fragments into changelogs/changelog.yaml; commit, and make release again",
        f"  2. git tag --sign v{version}",
        "  3. publish all files of build/release, with SHA256SUMS signed",
        f"  4. ansible-galaxy collection publish {name}",
        f"  5. ansible-builder build --tag tourniquet-ee:{version} --context build/context, and push the image",
    ]
    if lacking:
        lines.append(f"  Galaxy needs a public home before step 4: galaxy.yml has no {', '.join(lacking)}.")
    return lines


if __name__ == "__main__":
    raise SystemExit(main())
