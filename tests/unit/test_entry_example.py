# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The worked example of docs/reference/entry.md is an entry that passes every check, as it stands on the page."""

from __future__ import annotations

import re
from pathlib import Path

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.entry_check import problems_of

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "entry.md"


def test_the_worked_example_passes_every_check(tmp_path: Path) -> None:
    entry = tmp_path / "cve_2030_0001"
    entry.mkdir()
    files = re.findall(r"<!-- file: (\S+) -->\n```\w+\n(.*?)```\n", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    for name, content in files:
        (entry / name).write_text(content, encoding="utf-8")
    assert sorted(name for name, _content in files) == ["mitigation.yml", "traffic.yml", "v1.yml.j2"]
    assert problems_of(entry) == ()
