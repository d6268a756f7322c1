# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Under the loader of Ansible, as in each run of ansible-playbook, no module of ours is compiled a second time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.compiled_code import (
    Finder,
    keep_compiled_code,
)

ROOT = Path(__file__).resolve().parents[4]
UTILS = "ansible_collections.tourniquet.netscaler.plugins.plugin_utils"
IN_ANSIBLE = f"""
import builtins, json, sys
from ansible.plugins.loader import init_plugin_loader
init_plugin_loader([{str(ROOT / ".collections")!r}])
compiled, compiler = [], builtins.compile
def compile_(source, filename, *more, **options):
    compiled.append(str(filename))
    return compiler(source, filename, *more, **options)
builtins.compile = compile_
import {UTILS}.fleet.slices.execution_nodes
ours = {{name: type(one.__loader__).__name__ for name, one in sys.modules.items() if name.startswith("{UTILS}.")}}
print(json.dumps([ours, [name for name in compiled if "/plugin_utils/" in name]]))
"""


def test_no_module_is_compiled_a_second_time(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment["PYTHONPYCACHEPREFIX"] = str(tmp_path)
    for _time in range(2):
        done = subprocess.run(
            [sys.executable, "-c", IN_ANSIBLE], capture_output=True, text=True, cwd=ROOT, env=environment, check=True
        )
    loaders, compiled = json.loads(done.stdout)
    assert len(loaders) > 5
    before = {
        f"{UTILS}.{name}"
        for name in ("fleet", "fleet.slices", "fleet.slices.execution_nodes", "foundation", "foundation.compiled_code")
    }
    assert {name for name, loader in loaders.items() if loader != "SourceFileLoader"} == before
    assert len(compiled) == len(before) + 1, "that of plugin_utils itself too"


def test_only_modules_of_the_package_are_found(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("")
    finder = Finder("ours")
    spec = finder.find_spec("ours.one", [str(tmp_path / "none"), str(tmp_path)])
    assert spec is not None
    assert isinstance(spec.loader, SourceFileLoader)
    assert finder.find_spec("ours.two", [str(tmp_path)]) is None
    assert finder.find_spec("oursother.one", [str(tmp_path)]) is None
    assert finder.find_spec("ours.one", None) is None


def test_another_loader_than_that_of_ansible_stays() -> None:
    before = [*sys.meta_path]
    keep_compiled_code(UTILS, SourceFileLoader("x", "x"))
    assert sys.meta_path == before
