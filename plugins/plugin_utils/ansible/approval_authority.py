# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who says who may approve: the source of the inventory that demands approvals, and the list of allowed signers beside it.

While approvals are demanded, nothing that belongs to the person who applies names the list, the records or the key of the records: no ``-e``
(:func:`approval_gate.require_of_inventory`), no environment variable and no state directory.
"""

from __future__ import annotations

import os
import pwd
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..change.approvals.demand import VARIABLE
from ..change.approvals.digests import digest_of_demand, digest_of_list
from ..change.records.allowed_signers import FILE
from ..change.records.revoked_keys import revoked_file
from ..foundation.errors import InvalidInput
from ..foundation.state_directory import VARIABLE as STATE_VARIABLE
from ..foundation.state_directory import named_state_directory, state_directory
from ..verbs.common.default_paths import default_directory, inventory_sources, signers_beside
from ..verbs.common.role_variables import is_plain, source_variable

_FIXED = re.compile(r"(?:/|\{\{ *inventory_dir *\}\})(?:[^$~{}]|\{\{ *inventory_hostname *\}\})*")
"""A path that no ``-e``, environment variable or working directory moves."""
_INVENTORY = "inventory_dir"


@dataclass(frozen=True)
class Authority:
    """What demands approvals, and who may give them.

    :ivar signers: the list of allowed signers
    :ivar demand: the SHA-256 of the demand
    :ivar listed: the SHA-256 of the list, as ``sha256sum`` prints it
    """

    signers: Path
    demand: str
    listed: str


def authority_of(variables: Mapping[str, Any], options: Mapping[str, Any], role: str = "") -> Authority:
    """Return what demands approvals of a host, and the list beside it.

    :param variables: of the host, not rendered; they demand approvals
    :param options: of the task; empty where only the list is wanted
    :param role: whose variables name the records and the key; "" where none does
    :raises InvalidInput: where the demand is a template or from outside of the inventory, another list names other people, or the person who
        applies could move the list, the records or the key
    """
    demand = variables[VARIABLE]
    if not is_plain(demand):
        raise InvalidInput(
            f"{VARIABLE} holds a template, so -e or the environment could change it: write the numbers themselves. Nothing was sent."
        )
    sources = inventory_sources(variables)
    for source in sources:
        _require_no_link(source)
    demanding = _demanding(sources, demand)
    signers = signers_beside(demanding[0])
    listed = digest_of_list(signers)
    for other in _other_lists(sources, demanding, options):
        if digest_of_list(other) != listed:
            raise _different("list of allowed signers", other, signers)
    for other in map(revoked_file, map(signers_beside, sources)):
        if other.exists() and digest_of_list(other) != digest_of_list(revoked_file(signers)):
            raise _different("list of revoked keys", other, revoked_file(signers))
    if options:
        _require_records(variables, options, role, demanding[0])
        _require_key(variables, options, role, demanding[0])
    return Authority(signers, digest_of_demand(demand), listed)


def _different(what: str, other: Path, own: Path) -> InvalidInput:
    return InvalidInput(
        f"{other} is another {what} than {own}, which is beside the inventory that demands approvals ({VARIABLE}). Only that one counts: "
        "remove the other one, or make both equal. Nothing was sent."
    )


def _require_no_link(source: Path) -> None:
    """:raises InvalidInput: where a source of the inventory is reached by a link: what is beside the link is not beside the inventory"""
    real = source.resolve()
    beside = list(zip(source.parents, real.parents, strict=False))[: 2 if source.is_file() else 1]
    if any(named.resolve() != found for named, found in beside):
        raise InvalidInput(
            f"the inventory {source} is reached by a link to {real}: where {VARIABLE} demands approvals, name that with -i, since the list of "
            "allowed signers and the records are beside it. Nothing was sent."
        )


def _demanding(sources: Sequence[Path], demand: Any) -> list[Path]:
    """Return the sources of the inventory that the demand is from; all of them where ansible-core does not tell it."""
    origin = origin_file(demand)
    found = [source for source in sources if origin is None or _belongs(origin, source)]
    if not found:
        where = origin_of(demand) or "no file"
        raise InvalidInput(
            f"{VARIABLE} is set in {where}, which is not part of the inventory that -i names: set it there. The list of allowed signers is "
            "beside that inventory. Nothing was sent."
        )
    return found


def _belongs(file: Path, source: Path) -> bool:
    """Return True if Ansible reads a file as part of a source of the inventory."""
    own, root = file.resolve(), source.resolve()
    if source.is_dir():
        return own.is_relative_to(root)
    return own == root or any(own.is_relative_to(root.parent / name) for name in ("group_vars", "host_vars"))


def _other_lists(sources: Sequence[Path], demanding: Sequence[Path], options: Mapping[str, Any]) -> Iterator[Path]:
    """Yield each list that must be equal to that of the source which demands approvals."""
    yield from map(signers_beside, demanding[1:])
    yield from (path for path in map(signers_beside, sources) if path.exists())
    named = named_state_directory()
    if named is not None and (named / FILE).exists():
        yield named / FILE
    given = options.get("allowed_signers")
    # The default of the option is in the state directory where one is named; without such a list, that beside the inventory counts.
    if given and (named is None or Path(given) != named / FILE):
        yield Path(given).expanduser()


def _require_records(variables: Mapping[str, Any], options: Mapping[str, Any], role: str, demanding: Path) -> None:
    """:raises InvalidInput: where the person who applies could name the records: without them, approvals that were used would count again"""
    name = source_variable("records", role, variables) if role else None
    if name is not None:
        _require_fixed(name, variables, demanding)
    elif _is_below(str(options.get("records") or ""), named_state_directory(), state_directory()):
        raise InvalidInput(_moved("the records are", "records"))
    elif role and (found := Path(str(options.get("records")))) != (own := default_directory("records", [demanding])):
        raise InvalidInput(
            f"the records would be in {found}, beside another source of the inventory than {demanding}, which demands approvals ({VARIABLE}): "
            f"write in the inventory where they are, records: {own}, or name that source first. Nothing was sent."
        )


def _require_key(variables: Mapping[str, Any], options: Mapping[str, Any], role: str, demanding: Path) -> None:
    """:raises InvalidInput: where the person who applies could name the key of the records: it shows who applies"""
    name = source_variable("record_key", role, variables) if role else None
    if name is not None:
        _require_fixed(name, variables, demanding)
    elif not options.get("record_key") and state_directory() != _state_of_account():
        raise InvalidInput(_moved("the key of the records is", "tourniquet_record_key"))


def _require_fixed(name: str, variables: Mapping[str, Any], demanding: Path) -> None:
    value = variables[name]
    root = demanding if demanding.is_dir() else demanding.parent
    if _INVENTORY in str(value) and not Path(str(variables.get(_INVENTORY))).resolve().is_relative_to(root.resolve()):
        raise InvalidInput(
            f"{name} is {str(value)!r}, and {_INVENTORY} is {variables.get(_INVENTORY)}, which is not that of {demanding}, the source that demands "
            f"approvals ({VARIABLE}): name that source first with -i, or write an absolute path. Nothing was sent."
        )
    if not _FIXED.fullmatch(str(value)):
        raise InvalidInput(
            f"{name} is {str(value)!r}: where {VARIABLE} demands approvals, write an absolute path in the inventory, at most with "
            "{{ inventory_dir }} or {{ inventory_hostname }}, so that no -e, environment variable or working directory moves it. Nothing was sent."
        )


def _moved(what: str, variable: str) -> str:
    named = next(
        (name for name in (STATE_VARIABLE, "XDG_STATE_HOME") if Path(os.environ.get(name, "")).is_absolute()), "HOME"
    )
    return (
        f"{what} in a state directory that {named} names. Where {VARIABLE} demands approvals, the environment of the person who applies says "
        f"nothing: write an absolute path in the inventory, {variable}: /..., or give the same command without that variable, env -u {named} ... "
        "Nothing was sent."
    )


def _is_below(path: str, *directories: Path | None) -> bool:
    return any(Path(path).is_relative_to(directory) for directory in directories if directory is not None)


def _state_of_account() -> Path | None:
    """Return the state directory of the account, whatever the environment says; None where the system does not know the account."""
    try:
        home = pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:
        return None
    return Path(home) / ".local" / "state" / "tourniquet"


def origin_of(value: Any) -> str:
    """Return file and line of a value of a variable; "" where ansible-core does not tell them."""
    tag = _tag(value)
    return str(tag) if tag is not None and tag.path else ""


def origin_file(value: Any) -> Path | None:
    """Return the file that a value of a variable comes from; None where ansible-core does not tell it, as of a dynamic inventory."""
    tag = _tag(value)
    return Path(tag.path) if tag is not None and tag.path else None


def _tag(value: Any) -> Any:
    try:
        from ansible._internal._datatag._tags import Origin  # noqa: PLC0415 -- not a public name of ansible-core
    except ImportError:
        return None
    return Origin.get_tag(value)
