# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks one appliance before the first use. Nothing is ever written to it."""

from __future__ import annotations

from dataclasses import dataclass

from ...foundation.json_values import json_values
from ..common.result import Result
from ..common.task import Task
from .diagnose import diagnose


@dataclass(frozen=True)
class Doctor(Task):
    """Check one appliance. Nothing is ever written to it."""

    def run(self) -> Result:
        return Result(changed=False, own=json_values(diagnose(self.appliance)))
