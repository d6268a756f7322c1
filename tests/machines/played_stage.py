# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A story over several machines, played by a module of its own in a network namespace: ``python -m tests.machines.MODULE FOLDER``."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.machines.tools import RECEPTOR
from tests.stage.control_node import ROOT

STORY = "story.json"
"""What the module writes into its folder."""


def missing() -> str:
    """What this machine lacks for namespaces of its own, or ""."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "network namespaces need root"
    programs = [name for name in ("ip", "unshare", "nsenter") if shutil.which(name) is None]
    if programs:
        return f"not installed: {', '.join(programs)}"
    return "" if RECEPTOR.exists() else "receptor is not there: make machine-tools says why"


def play_stage(module: str, place: Path, seconds: float) -> dict[str, Any]:
    """Play a module of this package in a network namespace, and return what it says of its story.

    :param seconds: after which it is ended
    """
    why = missing()
    if why:
        pytest.skip(f"several machines: {why}")
    log = place / "log"
    with log.open("wb") as output:
        subprocess.run(
            ["unshare", "--net", sys.executable, "-m", f"tests.machines.{module}", str(place)],
            cwd=ROOT,
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
            timeout=seconds,
            check=False,
        )
    path = place / STORY
    assert path.exists(), log.read_text(encoding="utf-8", errors="replace")[-3000:]
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
