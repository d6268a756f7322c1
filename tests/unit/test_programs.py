# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Three modules start programs; what reads logs and files of an appliance is not among them: hostile text reaches no shell of the control node."""

from __future__ import annotations

import re
from pathlib import Path

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
STARTS = re.compile(
    r"\b(?:import subprocess|from subprocess import|from os import|os\.(?:system|popen|exec\w*|spawn\w*|posix_spawn\w*)\b|import pty\b|create_subprocess)"
)
ALLOWED = {
    "plugin_utils/ansible/inventory_export.py",  # ansible-inventory
    "plugin_utils/fleet/slices/programs.py",  # ansible-runner and the command of an execution node
    "plugin_utils/appliance/ssh/openssh.py",  # ssh
}


def test_no_other_module_starts_a_program() -> None:
    sources = {path: path.read_text(encoding="utf-8") for path in PLUGINS.rglob("*.py")}
    assert {str(path.relative_to(PLUGINS)) for path, text in sources.items() if STARTS.search(text)} == ALLOWED
    assert not [path for path, text in sources.items() if re.search(r"shell\s*=\s*True", text)]
