# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The file of a learnt list: YAML for the inventory that a person reviews, and that rarely changes when it is learnt again.

Existing entries stay, with what people wrote to them: comments, owners, an end, another mode. New entries are inserted in order. An
entry without requests is marked and stays, since only a person knows whether it is needed once a year. Numbers are rounded down to
1, 2 or 5 times a power of ten, and examples are chosen by the alphabet.

Ansible loads the file, and the names in it come from an appliance and the paths from its clients. So they have the tag ``!unsafe``: Ansible never
renders them as templates.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import yaml

from ..appliance.nitro.appliance import Vip
from ..foundation import unsafe_yaml
from ..foundation.errors import InvalidInput
from ..foundation.foreign_text import printable
from ..measures.url_whitelist.entry import MATCHES
from ..measures.url_whitelist.kind import LEARNT_LIST, VARIABLE
from .path_generaliser import Learnt

_UNSEEN = "nobody asked for it when it was learnt last"
_DOUBT = "DOUBTFUL, and not allowed: their clients ask for nothing that users usually ask for here. To allow one, remove its ? and #."
_FOREIGN = ("name", "vserver", "partition", *MATCHES)
_KEY = re.compile(r"[a-z][a-z_]*")
_COMMENTS = {
    "exact": "learnt",
    "static": "learnt: static files only",
    "varying": "learnt: names that differ each time",
    "same name": "learnt: the same file in many directories",
}


@dataclass(frozen=True)
class LearntList:
    """One list of a file.

    :ivar settings: everything but the entries, in the order of the file
    :ivar allow: the entries
    :ivar comments: the comments above the entries that these logs do not have
    """

    settings: Mapping[str, Any]
    allow: tuple[Mapping[str, Any], ...] = ()
    evidence: Mapping[tuple[str, str], Learnt] = field(default_factory=dict)
    comments: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @classmethod
    def new(cls, vip: Vip, base: Sequence[str]) -> LearntList:
        """Return a new list. It blocks nothing yet: its mode is observe."""
        settings = {"name": vip.name, "vserver": vip.name, "kind": vip.kind, "mode": "observe", "base": list(base)}
        if vip.partition != "default":
            settings["partition"] = vip.partition
        return cls(settings)

    @property
    def allows_anything(self) -> bool:
        """True if the list allows anything; the inventory must not have another one."""
        return bool(self.allow or self.settings.get("base"))

    def value(self) -> dict[str, Any]:
        """Return the list as the inventory has it."""
        return {**self.settings, "allow": [dict(entry) for entry in self.allow]}

    def with_learnt(self, learnt: Iterable[Learnt], *, allowed_is_logged: bool = True) -> LearntList:
        """Return the list with further entries, in the order of their texts.

        :param allowed_is_logged: False for the lines of an observing policy, which lack the requests that the list allows
        """
        found = {(one.entry.match, one.entry.text): one for one in learnt}
        known = {_key(entry) for entry in self.allow}
        new = [_entry(one) for key, one in found.items() if key not in known and not one.doubtful]
        allow = sorted((*self.allow, *new), key=lambda entry: (_key(entry)[1], _key(entry)[0]))
        comments = {
            key: _comment_of_unseen(self.comments.get(key, ""), allowed_is_logged) for key in known - set(found)
        }
        return LearntList(self.settings, tuple(allow), found, comments)


def _comment_of_unseen(comment: str, allowed_is_logged: bool) -> str:
    """Return the comment of an entry that these logs do not have."""
    before = comment.removesuffix(f"; {_UNSEEN}").removesuffix(_UNSEEN)
    if not allowed_is_logged:
        return before or "not in these logs, which have only what was not allowed"
    return f"{before}; {_UNSEEN}" if before else _UNSEEN


def _entry(learnt: Learnt) -> dict[str, Any]:
    return {learnt.entry.match: learnt.entry.text, "comment": _COMMENTS[learnt.rule]}


def _key(entry: Mapping[str, Any]) -> tuple[str, str]:
    return next(((match, str(entry[match])) for match in MATCHES if match in entry), ("", ""))


def variable(name: str) -> str:
    """Return the variable of one list; each file has its own."""
    return f"{LEARNT_LIST}{_word(name)}"


def file_name(name: str) -> str:
    """Return the name of the file of one list; * is a wildcard."""
    return f"whitelist_{'*' if name == '*' else _word(name)}.yml"


def _word(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def parse_file(text: str, where: str) -> LearntList:
    """Parse a list that was learnt before, and may have been edited since.

    :raises InvalidInput: where it is no such list
    """
    try:
        content = unsafe_yaml.load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InvalidInput(f"{where}: is no YAML: {printable(str(error))}") from error
    values = list(content.values()) if isinstance(content, dict) else []
    if len(values) != 1 or not isinstance(values[0], dict) or not isinstance(values[0].get("allow", []), list):
        raise InvalidInput(f"{where}: must hold one variable with one list, as learn.yml writes it")
    settings = {key: value for key, value in values[0].items() if key != "allow"}
    return LearntList(settings, tuple(values[0].get("allow", [])), comments=_comments_in(text))


def _comments_in(text: str) -> dict[tuple[str, str], str]:
    """Return the comments above the entries."""
    lines = [line.strip() for line in text.splitlines()]
    found = {}
    for comment, line in pairwise(lines):
        if comment.startswith("# ") and line.startswith("- {"):
            try:
                (entry,) = unsafe_yaml.load(line)
            except (ValueError, yaml.YAMLError):  # it continues on the next line, as a person wrote it
                continue
            found[_key(entry)] = comment[2:]
    return found


def render(learnt: LearntList, about: Sequence[str]) -> str:
    """Return the text of the file.

    :param about: its evidence, one line each
    """
    name = variable(str(learnt.settings["name"]))
    lines = ["---", *[f"# {printable(line)}" for line in about], f"{name}:"]
    lines += [f"  {_pair(key, value)}" for key, value in learnt.settings.items()]
    lines.append("  allow:" if learnt.allow else "  allow: []")
    for entry in learnt.allow:
        known = learnt.evidence.get(_key(entry))
        text = _evidence(known) if known else printable(learnt.comments.get(_key(entry), ""))
        lines += [f"    # {text}", f"    - {{{_pairs(entry)}}}"]
    doubtful = [one for one in learnt.evidence.values() if one.doubtful]
    if doubtful:
        lines.append(f"    # {_DOUBT}")
    for one in doubtful:
        lines += [f"    # {_evidence(one)}", f"    # ? - {{{_pairs(_entry(one))}}}"]
    return "\n".join(lines) + "\n"


def render_index(names: Iterable[str]) -> str:
    """Return the text of the file that combines the lists of a host."""
    lines = [f'  - "{{{{ {variable(name)} }}}}"' for name in sorted(names, key=variable)]
    return (
        "\n".join(
            ["---", "# Written by learn.yml: the learnt lists of this host, one file each.", f"{VARIABLE}:", *lines]
        )
        + "\n"
    )


def _pairs(entry: Mapping[str, Any]) -> str:
    return ", ".join(_pair(key, value) for key, value in entry.items())


def _pair(key: str, value: Any) -> str:
    """Return a key with its value. The keys are ours: :mod:`..measures.url_whitelist.whitelist_variables` refuses others before the file is written."""
    text = unsafe_yaml.unsafe(value) if key in _FOREIGN and isinstance(value, str) else unsafe_yaml.written(value)
    return f"{key if _KEY.fullmatch(key) else unsafe_yaml.quoted(key)}: {text}"


def _evidence(learnt: Learnt) -> str:
    example = "" if learnt.entry.text == learnt.example else f"; e.g. {learnt.example}"
    return (
        f"{rounded(learnt.requests)} requests, {rounded(learnt.clients)} clients, {rounded(learnt.days)} days{example}"
    )


def rounded(number: int) -> str:
    """Round a number down: ``1,000+`` for 1,723."""
    size = 10 ** (len(str(number)) - 1)
    for step in (5, 2, 1):
        if number >= step * size:
            return f"{step * size:,}+"
    return str(number)
