# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The class of the action of a verb, made of its declaration, its task and its options."""

from __future__ import annotations

from importlib import import_module

from ..verbs.common.option_files import options_of
from ..verbs.registry import declared
from .base import TourniquetAction


def action_of(verb: str, base: type[TourniquetAction] = TourniquetAction) -> type[TourniquetAction]:
    """Return the class of the action that carries a verb out on one appliance.

    :param verb: the name of its folder, whose module ``run`` has the class of the task as ``TASK``
    :param base: what else the action does
    """
    # Loaded with the plugin, before Ansible forks its workers: each of them would load it again.
    run = import_module(f"..verbs.{verb}.run", __package__)
    values = {"TASK": run.TASK, "VERB": declared(verb), "OPTIONS": options_of(verb, verb)}
    return type("ActionModule", (base,), {**values, "__module__": __name__, "__doc__": f"See the module {verb}."})
