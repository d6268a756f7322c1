# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A job as AWX starts it: the private data directory that ``awx/main/tasks/jobs.py`` of AWX 24.6.1 writes, played by ansible-runner.

AWX writes the inventory as a program that prints it, the variables of a launch as ``!unsafe``, and a file for each credential; see ``build_inventory``,
``build_extra_vars_file``, ``build_args``, ``build_env`` and ``inject_credential`` there. What a container adds is not played.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.machines.tools import RUNNER, TOOLS
from tests.stage.control_node import ROOT
from tests.stage.fleet import PASSWORD
from tests.stage.played import TIMEOUT

EXAMPLE = ROOT / "examples" / "awx"
WRITER = "#! /usr/bin/env python3\n# -*- coding: utf-8 -*-\nprint(%r)\n"
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
META = {
    "awx_job_id": 7,
    "awx_job_launch_type": "manual",
    "awx_user_id": 2,
    "awx_user_name": "jansen",
    "awx_job_template_name": "amsterdam: a verb",
    "awx_project_revision": "4346952a",
    "tower_job_id": 7,
    "tower_job_launch_type": "manual",
    "tower_user_name": "jansen",
}


@dataclass(frozen=True)
class Ended:
    """How a job ended.

    :ivar artifacts: what AWX hands on to the next job of a workflow
    """

    code: int
    output: str
    artifacts: dict[str, Any]

    @property
    def text(self) -> str:
        """The output without colours and line breaks."""
        return " ".join(COLOURS.sub("", self.output).split())


class Awx:
    """The place of one execution node: the volume, and a private data directory for each job.

    :ivar signers: the list that the pod of a container group has beside the inventory; "" for none
    """

    def __init__(self, place: Path, inventory: dict[str, Any]) -> None:
        self.place = place
        self.inventory = inventory
        self.volume = place / "volume"
        self.volume.mkdir(mode=0o700)
        self.signers = ""
        self._jobs = 0

    def launch(
        self,
        playbook: str,
        *,
        check: bool = False,
        limit: str = "",
        template: Mapping[str, Any] | None = None,
        credentials: Sequence[Mapping[str, str]] = (),
        ssh_key: str = "",
        environment: Mapping[str, str] | None = None,
        **variables: Any,
    ) -> Ended:
        """Play a playbook of the project.

        :param limit: the limit of the launch
        :param template: the extra variables of the job template, which may hold templates
        :param credentials: of each, by the variable that names its file, the content
        :param environment: what credentials and the image put into the environment
        :param variables: the extra variables of the launch, of a survey and of jobs before in the workflow
        """
        self._jobs += 1
        job = self.place / f"awx_{self._jobs}"
        for name in ("inventory", "env"):
            (job / name).mkdir(parents=True, mode=0o700)
        shutil.copytree(EXAMPLE / "project", job / "project")
        if self.signers:
            (job / "allowed_signers").write_text(self.signers, encoding="ascii")
        source = job / "inventory" / "hosts"
        source.write_text(WRITER % json.dumps(script_data(self.inventory)), encoding="utf-8")
        source.chmod(0o700)
        words = ["-u", "root", "--forks=16", *(["--check"] if check else []), *(["-l", limit] if limit else [])]
        for number, credential in enumerate(credentials):
            words += ["-e", f"@{write_credential(job / 'env', number, credential)}"]
        if ssh_key:  # of a credential of the type Machine: ansible-runner starts an agent with it, and removes the file
            (job / "env" / "ssh_key").write_text(ssh_key, encoding="ascii")
        (job / "env" / "extravars").write_text(safe_dump({**variables, **META}, template or {}), encoding="utf-8")
        (job / "env" / "cmdline").write_text(shlex.join(words), encoding="utf-8")
        done = subprocess.run(
            [str(RUNNER), "run", str(job), "-p", playbook, "-i", "7", "--inventory", str(source)],
            env={**self.environment(job), **(environment or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=4 * TIMEOUT,
            check=False,
        )
        return Ended(done.returncode, done.stdout + done.stderr, artifacts_of(job))

    def environment(self, job: Path) -> dict[str, str]:
        """The environment of a job: that of AWX, and of the image of the execution environment."""
        return {
            "PATH": f"{ROOT / '.venv' / 'bin'}:{TOOLS}:{os.environ['PATH']}",
            "HOME": str(job),
            "LC_ALL": "C.UTF-8",
            "TOURNIQUET_STATE_DIRECTORY": str(self.volume),
            "AWX_PRIVATE_DATA_DIR": str(job),
            "JOB_ID": "7",
            "INVENTORY_ID": "3",
            "AWX_HOST": "https://awx.example.com",
            "MAX_EVENT_RES": "700000",
            "ANSIBLE_FORCE_COLOR": "True",
            "ANSIBLE_HOST_KEY_CHECKING": "False",
            "ANSIBLE_INVENTORY_UNPARSED_FAILED": "True",
            "ANSIBLE_PARAMIKO_RECORD_HOST_KEYS": "False",
            "ANSIBLE_RETRY_FILES_ENABLED": "False",
            "ANSIBLE_SSH_CONTROL_PATH_DIR": str(job / "cp"),
            "ANSIBLE_COLLECTIONS_PATH": f"{job / 'requirements_collections'}:{ROOT / '.collections'}",
        }


def script_data(inventory: Mapping[str, Any]) -> dict[str, Any]:
    """Return an inventory as AWX writes it: hosts by group, variables of groups, and those of hosts in ``_meta``."""
    named = {name: group for name, group in inventory.items() if name != "all"}
    everybody = inventory.get("all", {}).get("vars", {})
    groups: dict[str, Any] = {"all": {"hosts": [], "children": list(named), "vars": everybody}}
    variables: dict[str, Any] = {}
    for name, group in named.items():
        groups[name] = {"hosts": list(group.get("hosts", {})), "children": [], "vars": group.get("vars", {})}
        for host, own in group.get("hosts", {}).items():
            variables.setdefault(host, {}).update({"remote_tower_enabled": "true", "remote_tower_id": 1, **(own or {})})
    return {**groups, "_meta": {"hostvars": variables}}


class UnsafeDumper(yaml.SafeDumper):
    """Writes each text as AWX does: not to be rendered as a template. ansible-core then reads ``!unsafe 'off'`` as false, and ``!unsafe ''`` as null."""

    def represent_data(self, data: Any) -> Any:
        return self.represent_scalar("!unsafe", data) if isinstance(data, str) else super().represent_data(data)


def safe_dump(variables: Mapping[str, Any], template: Mapping[str, Any]) -> str:
    """Return the variables of a job as AWX writes them: only those of the template may hold templates."""
    own = {name: value for name, value in template.items() if name not in variables}
    trusted = yaml.safe_dump(own) if own else ""
    return trusted + yaml.dump(dict(variables), Dumper=UnsafeDumper, default_flow_style=False)


def write_credential(directory: Path, number: int, files: Mapping[str, str]) -> Path:
    """Write the files of a credential and the variables that name them, and return the file of these variables."""
    named = {}
    for variable, content in files.items():
        path = directory / f"tmp{number}{variable}"
        path.touch(mode=0o600)
        path.write_text(content, encoding="utf-8")
        named[variable] = str(path)
    own = directory / f"tmp{number}"
    own.touch(mode=0o600)
    own.write_text(safe_dump(named, {}), encoding="utf-8")
    return own


def password_credential(password: str = PASSWORD) -> dict[str, str]:
    """The credential of the appliances, as examples/awx has it: a file, and the variable with its path."""
    return {"appliance_password_file": password}


def artifacts_of(job: Path) -> dict[str, Any]:
    """Return what the job handed on: ``artifact_data`` of the last event, which AWX takes."""
    events = (job / "artifacts" / "7" / "job_events").glob("*.json")
    found = [
        one for path in events if (one := json.loads(path.read_text(encoding="utf-8")))["event"] == "playbook_on_stats"
    ]
    data: dict[str, Any] = found[-1]["event_data"]["artifact_data"] if found else {}
    return data
