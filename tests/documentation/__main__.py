# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Make the site of the pages in build/docs: ``make docs``. It works from the file system, without a network."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.documentation.tracked import ROOT, copy_tree

PROGRAMS = ROOT / ".cache" / "docs" / "bin"
BUILD = ROOT / "build" / "docs"
SOURCE, SITE = BUILD / "source", BUILD / "site"
OWN = Path(__file__).parent / "site"
COLLECTION = "tourniquet.netscaler"


def main() -> int:
    """Return the exit code of Sphinx; each of its warnings is an error."""
    shutil.rmtree(BUILD, ignore_errors=True)
    copy_tree(SOURCE)
    for page in OWN.glob("*.rst"):
        (SOURCE / page.name).write_text(with_other_pages(page.read_text(encoding="utf-8")), encoding="utf-8")
    if broken := write_reference(SOURCE / "docs" / "reference" / "collection"):
        print(f"no documentation could be made of {', '.join(broken)}", file=sys.stderr)
        return 1
    run(
        *("sphinx-build", "-W", "--keep-going", "--quiet", "-j", "2", "-b", "html"),
        *("-c", str(OWN), "-d", str(BUILD / "doctrees"), str(SOURCE), str(SITE)),
    )
    print(f"the site is made: {(SITE / 'index.html').relative_to(ROOT)}")
    return 0


def with_other_pages(navigation: str) -> str:
    """Return a page of navigation whose patterns (``docs/how-to/*``) are the pages that it does not name."""

    def others(pattern: re.Match[str]) -> str:
        pages = sorted(page.with_suffix("").relative_to(SOURCE) for page in (SOURCE / pattern[1]).glob("*.md"))
        return "".join(f"   {page}\n" for page in pages if f"   {page}\n" not in navigation)

    return re.sub(r"^   (docs/[\w-]+)/\*\n", others, navigation, flags=re.MULTILINE)


def write_reference(folder: Path) -> list[str]:
    """Write a page for each plugin and role of the collection; return those of which none could be made."""
    folder.mkdir()
    run("antsibull-docs", "collection", "--use-current", "--squash-hierarchy", "--dest-dir", str(folder), COLLECTION)
    broken = []
    for page in sorted(folder.glob("*.rst")):
        text = page.read_text(encoding="utf-8")
        if "did not return correct DOCUMENTATION" in text:
            broken.append(page.stem)
        text = re.sub(
            r"^\.\. contents::\n(?:   .*\n)*", "", text, flags=re.MULTILINE
        )  # the theme has one beside the page
        page.write_text(_TITLE.sub(_short_title, text), encoding="utf-8")
    return broken


_TITLE = re.compile(rf"^{re.escape(COLLECTION)}\.(\w+ \w+)(?: -- .*)?\n\++\n", re.MULTILINE)


def _short_title(title: re.Match[str]) -> str:
    return f"{title[1]}\n{'+' * len(title[1])}\n"


def run(program: str, *arguments: str) -> None:
    """Run a program of the environment of the site, with the Ansible of this project.

    :raises subprocess.CalledProcessError: where it fails
    """
    environment = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "PYTHONPATH": str(ROOT)}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    subprocess.run([str(PROGRAMS / program), *arguments], cwd=ROOT, env=environment, check=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as failed:
        sys.exit(failed.returncode)
