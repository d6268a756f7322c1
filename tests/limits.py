# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The constants of modules of the engine, compared with a table: a changed limit is a decision, and shows in a test."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

ENGINE = "ansible_collections.tourniquet.netscaler.plugins.plugin_utils"


def require_limits(limits: Mapping[str, Mapping[str, object]]) -> None:
    """Assert that modules have these constants.

    :param limits: by module of the engine, the values by name
    """
    for module, expected in limits.items():
        found = {name: getattr(import_module(f"{ENGINE}.{module}"), name) for name in expected}
        assert found == expected, module
