# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plugins of a new verb: its action, and its module, whose text people then go on with. What is there is left as it is."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.registry import NAMES, declared

from tests.architecture.graph import ROOT

ACTIONS = ROOT / "plugins" / "action"
LICENCE = "# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)"
PLUGIN_UTILS = "ansible_collections.tourniquet.netscaler.plugins.plugin_utils"
ACTION = '''\
{licence}
"""The action behind the module ``{verb}``; see there for its options and results."""

from __future__ import annotations

from {plugin_utils}.ansible.verb_action import action_of

ActionModule = action_of("{verb}")
'''
MODULE = '''\
{licence}
"""The documentation of the action plugin of the same name, which runs on the control node."""

from __future__ import annotations

DOCUMENTATION = r"""
module: {verb}
short_description: {sentence}
description:
  - The task {sentence_begun}.
version_added: {version}
options: {{}}
author:
  - Tourniquet maintainers (@tourniquet)
"""

EXAMPLES = r"""
- name: {sentence}
  tourniquet.netscaler.{verb}:
    appliance:
      nodes: ["192.0.2.11", "192.0.2.12"]
      user: tourniquet
      password: "{{{{ vault_netscaler_password }}}}"
"""

RETURN = r"""
msg:
  description: What was found or done, as a sentence.
  returned: always
  type: str
"""
'''


def made() -> dict[Path, str]:
    """Return the action of each verb that has no file for it."""
    return dict(_made())


def _made() -> Iterator[tuple[Path, str]]:
    for name in NAMES:
        path = ACTIONS / f"{name}.py"
        if name in declared(name).tasks and not path.exists():
            yield path, ACTION.format(licence=LICENCE, verb=name, plugin_utils=PLUGIN_UTILS)


def sentence_of(verb: str) -> str:
    """Return what a verb does, from the first line of its declaration."""
    doc = import_module(f"{PLUGIN_UTILS}.verbs.{verb}.verb").__doc__ or ""
    return doc.partition(f"{verb}, which ")[2].strip().removesuffix(".")


def new_module(verb: str) -> str:
    """Return the text of a module that has no file yet, from the first line of the declaration of its verb."""
    begun = sentence_of(verb)
    sentence = begun[:1].upper() + begun[1:]
    return MODULE.format(licence=LICENCE, verb=verb, sentence=sentence, sentence_begun=begun, version="0.1.0")
