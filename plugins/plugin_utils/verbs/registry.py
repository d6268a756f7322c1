# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The one list of verbs. A verb is a folder beside this file, with its declaration (:class:`.common.verb.Verb`) in its module ``verb``.

Each declaration is loaded once, when it is asked for; none loads the code that carries the verb out.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import ModuleType

from .common.verb import Shown, Sliced, Verb, Writes

COLLECTION = "tourniquet.netscaler."
NAMES = (
    "plan",
    "status",
    "verify",
    "apply",
    "rollback",
    "retire",
    "leave",
    "lockdown",
    "close",
    "reopen",
    "end_sessions",
    "audit",
    "on_box",
    "impact",
    "learn",
    "read_logs",
    "hunt",
    "alarm",
    "evidence",
    "watch",
    "doctor",
    "catalogue",
    "ledger",
    "node_local",
    "prove",
    "bootstrap",
    "letters",
    "consent",
    "signer",
    "new_entry",
    "rollout",
    "sliced",
)
"""The folders of the verbs, in the order in which people read them."""
SHARED: Mapping[str, Shown] = {"fleet_page": Shown.FINDINGS}
"""The modules that several verbs share: a verb that reports on a fleet names itself in the result."""


@cache
def declared(name: str) -> Verb:
    """Return the declaration of a verb.

    :param name: of :data:`NAMES`
    """
    verb: Verb = import_module(f".{name}.verb", __package__).VERB
    return verb


@cache
def all_verbs() -> tuple[Verb, ...]:
    """Return the declarations of all verbs, in the order of :data:`NAMES`."""
    return tuple(map(declared, NAMES))


@cache
def verb_of(task: str) -> Verb | None:
    """Return the verb that a module belongs to; None where it is none of ours. Most names say it, so that no other declaration is loaded."""
    if task in NAMES and task in declared(task).tasks:
        return declared(task)
    return next((verb for verb in all_verbs() if task in verb.tasks), None)


def shown_as(action: str) -> Shown:
    """Return how the result of a task is shown.

    :param action: its module as Ansible names it, with the collection
    """
    task = action.removeprefix(COLLECTION)
    if task == action:
        return Shown.AS_ANSIBLE
    verb = None if task in SHARED else verb_of(task)
    return verb.tasks[task] if verb else SHARED.get(task, Shown.AS_ANSIBLE)


def page_of(name: str) -> ModuleType:
    """Return what people and programs see of a verb, its module ``page``, which is imported only now.

    :param name: of :data:`NAMES`
    """
    return import_module(f".{name}.page", __package__)


def is_report(name: str) -> bool:
    """Return True for a variable in which a role of ours registers lines for people."""
    return name.endswith("report") and name in _reports()


@cache
def _reports() -> frozenset[str]:
    return frozenset(verb.report for verb in all_verbs() if verb.report)


def shows_message_first(task: str) -> bool:
    """Return True for a module of which the page shows what was done, and not the verdict that it has led to."""
    verb = verb_of(task) if task else None
    return verb is not None and verb.message_first


def closes_access(task: str) -> bool:
    """Return True for a module of a verb that closes access."""
    verb = verb_of(task) if task else None
    return verb is not None and verb.sliced is Sliced.CLOSES


def only_reads(playbook: str) -> bool:
    """Return True for the playbook of a verb that reads appliances and writes nothing there."""
    if playbook not in NAMES:
        return False
    verb = declared(playbook)
    return verb.writes is Writes.NOTHING and verb.rights is not None


def judges_nothing(task: object) -> bool:
    """Return True for a module that gives no verdict, and whose success needs none."""
    verb = verb_of(task) if isinstance(task, str) and task else None
    return verb is not None and verb.judges_nothing
