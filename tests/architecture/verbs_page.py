# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The page of the playbooks, made of the declarations of the verbs."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.verb import Sliced, Verb, Writes
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.registry import all_verbs

from tests.architecture.graph import ROOT
from tests.architecture.verb_files import sentence_of

PAGE = ROOT / "docs" / "reference" / "playbooks.md"
_HEAD = (
    "# The playbooks",
    "",
    "What each playbook does, and what it may change on an appliance besides the copies of change records. *Approvals* are the keys of `tourniquet_approvals`",
    "that demand them for it. *Waves*: it goes over the fleet in waves, each proven before the next. *Slices*: `sliced.yml` carries it out over several",
    "machines. Made from the declaration of each verb (`make docs`).",
    "",
    "| playbook | what it does | changes on an appliance | approvals | waves | slices |",
    "|---|---|---|---|---|---|",
)
_FOOT = (
    "",
    "Where a measure has a half outside the configuration (`-e node_local=true`), the playbooks that bring it in or take it out change files of the",
    "operating system too. `close.yml -e end_sessions=true` ends sessions too. `sliced.yml` changes what its verb changes.",
)
_WRITES = {
    Writes.NOTHING: "nothing",
    Writes.OWN_FILES: "nothing but files of its own, which it removes",
    Writes.SESSIONS: "sessions of users end",
    Writes.CONFIGURATION: "the configuration",
    Writes.NODE: "files of the operating system",
}


def page() -> str:
    """Return the text of the page."""
    return "\n".join([*_HEAD, *_rows(), *_FOOT]) + "\n"


def _rows() -> Iterator[str]:
    for verb in all_verbs():
        if verb.is_playbook:
            yield "| " + " | ".join(_columns(verb)) + " |"


def _columns(verb: Verb) -> list[str]:
    sentence = sentence_of(verb.name)
    return [
        f"`{verb.name}.yml`",
        sentence[:1].upper() + sentence[1:],
        _WRITES[verb.writes],
        ", ".join(f"`{key}`" for key in (*verb.approvals.keys, *verb.approvals.of_measures)) if verb.approvals else "",
        "yes" if verb.is_rolled_out else "",
        "" if verb.sliced is Sliced.NO else "yes",
    ]
