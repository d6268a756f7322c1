# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The page of changes, from the fragments in ``changelogs/fragments`` and the released versions in ``changelogs/changelog.yaml``.

The files have the form of antsibull-changelog (https://docs.ansible.com/projects/antsibull-changelog/changelogs/, read on 28 November 2026), which writes
``changelog.yaml`` when a version is released. This module only reads them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

SUMMARY = "release_summary"
Changes = dict[str, list[str]]


def changelog(directory: Path, version: str) -> str:
    """Return the page in Markdown: what is not released yet, then each release, the newest first.

    :param directory: ``changelogs``
    :param version: the next version
    :raises ValueError: where a fragment has a section that the configuration does not have
    """
    sections: dict[str, str] = dict(_read(directory / "config.yaml")["sections"])
    releases: Mapping[str, Any] = _read(directory / "changelog.yaml")["releases"]
    lines = ["# Changes", ""]
    if version not in releases:
        waiting = merged(sorted((directory / "fragments").glob("*.yml")), sections)
        lines += [f"## {version}, not released yet", "", *_lines(waiting, sections)]
    for name in sorted(releases, key=_numbers, reverse=True):
        release = releases[name]
        lines += [f"## {name}, {release['release_date']}", "", *_lines(release.get("changes", {}), sections)]
    return "\n".join(lines).rstrip() + "\n"


def merged(fragments: Iterable[Path], sections: Mapping[str, str]) -> Changes:
    """Return the changes of all fragments by section.

    :raises ValueError: where a section is not known, or has no list of texts
    """
    found: Changes = {}
    for path in fragments:
        for section, texts in _read(path).items():
            if section == SUMMARY and isinstance(texts, str):
                found.setdefault(SUMMARY, []).append(texts.strip())
                continue
            if section not in sections or not isinstance(texts, list) or not all(isinstance(one, str) for one in texts):
                raise ValueError(f"{path.name}: {section} is not one of {', '.join(sections)} with a list of texts")
            found.setdefault(section, []).extend(texts)
    return found


def _lines(changes: Mapping[str, Any], sections: Mapping[str, str]) -> list[str]:
    summary = changes.get(SUMMARY) or []
    lines = [line for text in ([summary] if isinstance(summary, str) else summary) for line in (text.strip(), "")]
    for section, title in sections.items():
        texts = sorted(" ".join(text.replace("``", "`").split()) for text in changes.get(section, ()))
        lines += [f"### {title}", "", *(f"* {text}" for text in texts), ""] if texts else []
    return lines


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version))


def _read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))
