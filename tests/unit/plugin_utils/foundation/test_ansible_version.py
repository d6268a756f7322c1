# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An ansible-core that is too old is refused with one sentence, also where its Python cannot import the engine."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.ansible_version import (
    require_ansible_core,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

from tests.accepted import accepted

ROOT = Path(__file__).parents[4]
# Python 3.10, which ansible-core 2.17 runs on, has none of these names.
ON_AN_OLD_PYTHON = """
import datetime, enum, sys, typing
import ansible.inventory.manager, ansible.parsing.dataloader, ansible.plugins.lookup, ansible.release
from ansible import context
context.CLIARGS = {"inventory": ()}
sys.path.insert(0, ".collections")
ansible.release.__version__ = "2.17.14"
del datetime.UTC, enum.StrEnum, typing.Self
from ansible_collections.tourniquet.netscaler.plugins.lookup.appliances import LookupModule
LookupModule().run(["netscalers"], {})
"""


@pytest.mark.parametrize("version", ["2.18.6", "2.9.27", "2.16"])
def test_an_old_ansible_core_is_refused_with_one_sentence_and_its_fix(version: str) -> None:
    with pytest.raises(
        InvalidInput,
        match=rf"^ansible-core {re.escape(version)} is too old: 2\.19 or newer is needed\. .* -m pip install",
    ):
        require_ansible_core(version)


def test_newer_ones_are_not() -> None:
    for version in ("2.19.0", "2.21.5", "3.0", "2.19.0b1"):
        with accepted():
            require_ansible_core(version)


def test_the_lookup_of_the_playbooks_says_it_on_an_old_python() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ON_AN_OLD_PYTHON], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    said = " ".join(done.stderr.split())
    assert re.search(
        r"REFUSED ansible-core 2\.17\.14 is too old: 2\.19 or newer is needed\. .* Nothing was sent\.$", said
    ), done.stderr
    assert done.returncode == 4
