# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Refuses variables of a sliced run by which a secret would travel: as text, or by the environment of a worker, which it sends back with each job. Pure.

``ansible-runner worker`` (2.4.3) begins its answer with its whole environment, and writes it into the file ``command`` of the artifacts; no setting of it
leaves that out. A look-up of a file, a value of ``ansible-vault encrypt_string`` and a look-up of a secret store are evaluated on the node, and stay there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from ...foundation.errors import InvalidInput
from ...foundation.foreign_text import printable
from .template_sources import Reference, Sources, sources_of

SECRET = re.compile(
    r"(password|passphrase|passwd|secret|token|credential|api[_-]?key|authorization|cookie|[_-]pass|[_-]pwd)s?_?\d*$",
    re.IGNORECASE,
)
"""How the names of variables, and of keys in them, end whose value must not be readable in what is sent."""
PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----|PuTTY-User-Key-File-\d")
URL_WITH_PASSWORD = re.compile(r"[a-z][a-z0-9+.-]{0,30}://[^/\s:@{}]*:[^/\s@{}]+@", re.IGNORECASE)
VAULT, UNSAFE = "__ansible_vault", "__ansible_unsafe"
"""The keys of an encrypted value, and of a text that is no template, in ``ansible-inventory --export``."""
WAYS = (
    "Keep it on the execution node, in a file of the user of the jobs: \"{{ lookup('ansible.builtin.file', '/var/lib/tourniquet/netscaler_password') }}\"; "
    "in a value of ansible-vault encrypt_string, with a vault identity whose password is a file there; or in a secret store. Nothing was sent."
)
Places = Mapping[str, Mapping[str, Any]]
"""By place, such as a host or a group, its variables."""
_Facts: TypeAlias = tuple[str | None, set[Any]]
"""Where a variable has what is looked for, and the variables that it is made of."""


def is_secret(name: str) -> bool:
    """Return True if a variable of that name has a secret."""
    return SECRET.search(name) is not None


def require_no_secret(places: Places) -> None:
    """Check that no secret travels with a job.

    :raises InvalidInput: naming the place, the variable and the fix
    """
    known = _Known(places)
    for place, variables in places.items():
        for name, value in variables.items():
            for key, item in _leaves(name, value, inside=is_secret(name)):
                if problem := known.problem(item) if key else _readable_form(item):
                    what = name if key in ("", name) else f"{key} in {name}"
                    raise InvalidInput(f"{printable(place)}: {printable(what)} {problem}. {WAYS}")


def _leaves(name: str, value: Any, *, inside: bool) -> Iterator[tuple[str, Any]]:
    """Yield each single value with its key; with "" for one that has no secret by its name."""
    if isinstance(value, Mapping) and not _is_marked(value):
        for key, item in value.items():
            secret = is_secret(str(key))
            yield from _leaves(str(key) if secret or not inside else name, item, inside=inside or secret)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(name, item, inside=inside)
    else:
        yield (name if inside else ""), value


def _is_marked(value: Any) -> bool:
    return isinstance(value, Mapping) and (VAULT in value or UNSAFE in value)


def _readable_form(value: Any) -> str:
    """Return the secret that can be told by its form, whatever it is called; "" for none."""
    text = value.get(UNSAFE) if isinstance(value, Mapping) else value
    if not isinstance(text, str):
        return ""
    if PRIVATE_KEY.search(text):
        return "has a private key, which each execution node would get"
    return (
        "has an address with a password in it, which each execution node would get"
        if URL_WITH_PASSWORD.search(text)
        else ""
    )


class _Known:
    """All variables of a job, by name. What a name or a part of it is made of is worked out once, whatever number of appliances have it."""

    def __init__(self, places: Places) -> None:
        self._defined: dict[str, list[tuple[str, Any]]] = {}
        for place, variables in places.items():
            for name, value in variables.items():
                self._defined.setdefault(name, []).append((place, value))
        self._environments: dict[str, _Facts] = {}
        self._contents: dict[Reference, _Facts] = {}

    def problem(self, value: Any) -> str:
        """Return how a secret with this value would travel, as half a sentence; "" where it does not."""
        own = [*_sources(value)]
        if (where := self._in_environment(own)) is not None:
            return f"is looked up in the environment{where}, and ansible-runner sends the environment of a worker to the controller with each job"
        if (where := self._as_text(own)) is not None:
            return f"stands in the inventory as text{where}, or in a file that is encrypted as a whole, so each execution node would get it readable"
        return ""

    def _in_environment(self, own: Collection[Sources]) -> str | None:
        """Return by which variable a value is looked up in the environment, if it is; "" for itself."""
        if any(one.is_environment for one in own):
            return ""
        found = _reached(self._names_in(own), self._environment_of)
        return None if found is None else f" by {printable(found[0])} of {printable(found[1])}"

    def _as_text(self, own: Collection[Sources]) -> str | None:
        """Return the variable whose text is in a value, if there is one; "" for itself."""
        if any(one.is_text for one in own):
            return ""
        found = _reached((value for one in own for value in one.values), self._content_of)
        return None if found is None else f", by {printable(found[0].name)} of {printable(found[1])}"

    def _names_in(self, several: Iterable[Sources]) -> Iterator[str]:
        for one in several:
            yield from self._defined if one.names_any else self._defined.keys() & one.named

    def _environment_of(self, name: str) -> _Facts:
        if name not in self._environments:
            place, names = None, set[str]()
            for where, value in self._defined[name]:
                own = [*_sources(value)]
                place = where if any(one.is_environment for one in own) else place
                names.update(self._names_in(own))
            self._environments[name] = place, names
        return self._environments[name]

    def _content_of(self, reference: Reference) -> _Facts:
        if reference not in self._contents:
            place, values = None, set[Reference]()
            for where, value in self._defined.get(reference.name, ()):
                own = [one for part in _below(value, reference.keys) for one in _sources(part)]
                place = where if any(one.is_text for one in own) else place
                values.update(found for one in own for found in one.values)
            self._contents[reference] = place, values
        return self._contents[reference]


def _reached(start: Iterable[Any], facts: Callable[[Any], _Facts]) -> tuple[Any, str] | None:
    """Return the first variable of those that are used, also by others, that has what is looked for, with its place."""
    rest = list(dict.fromkeys(start))
    seen = set(rest)
    while rest:
        one = rest.pop()
        place, used = facts(one)
        if place is not None:
            return one, place
        rest += [other for other in used if other not in seen]
        seen |= used
    return None


def _below(value: Any, keys: Sequence[str | None]) -> Iterator[Any]:
    """Yield the parts of a value below some keys; each part where a key is only known when it is rendered, and all of what is not a mapping."""
    if not keys or not isinstance(value, Mapping) or _is_marked(value):
        yield value
    elif keys[0] in value:
        yield from _below(value[keys[0]], keys[1:])
    else:
        for part in value.values():
            yield from _below(part, keys[1:])


def _sources(value: Any) -> Iterator[Sources]:
    """Yield what each text and number of a value is made of; nothing for encrypted ones."""
    if isinstance(value, Mapping):
        if UNSAFE in value:
            yield Sources(is_text=bool(value[UNSAFE]))
        for one in () if _is_marked(value) else value.values():
            yield from _sources(one)
    elif isinstance(value, list):
        for one in value:
            yield from _sources(one)
    elif isinstance(value, str):
        yield sources_of(value)
    elif value is not None and not isinstance(value, bool):
        yield Sources(is_text=True)
