# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""YAML of an entry, which may come from elsewhere: bounded in size, depth and number of values, without aliases, tags and double keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import yaml

LARGEST = 256 * 1024  # bytes
DEEPEST = 16
MOST_VALUES = 20_000
QUOTES = "a text with a colon, a comma, # or quotes in it needs quotes around it, as in 'a: b'"

# libyaml's loader, where PyYAML was built with it, takes a tenth of the time.
_SAFE_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_SAFE_LOADER):  # type: ignore[misc]
    """Reads a date as text, as JSON does, and refuses a key that is there twice.

    YAML's own loaders keep the last of two equal keys, and lose a header or a list of attacks silently.
    """

    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, Any]]]] = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in _SAFE_LOADER.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> Any:
        seen = set()
        for key, _value in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"the key {key.value!r} is there twice", key.start_mark
                    )
                seen.add(key.value)
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> Any:
    """Return the content of a file.

    :raises OSError: where it cannot be read
    :raises ValueError: where it is too large, or no UTF-8
    :raises yaml.YAMLError: where it is no YAML, or goes beyond a bound
    """
    with path.open("rb") as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise ValueError(f"{path.name} is larger than {LARGEST // 1024} KiB")
    text = content.decode("utf-8")
    _check_bounds(text)
    return yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader


def why_unreadable(error: Exception) -> str:
    """Return on one line why :func:`read_yaml` could not read a file; of a text that is no YAML the place and the usual fix."""
    if isinstance(error, yaml.constructor.ConstructorError) or not isinstance(error, yaml.MarkedYAMLError):
        return " ".join(str(error).split())
    mark = error.problem_mark or error.context_mark
    place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    return f"{place}this is not YAML: {error.problem}; {QUOTES}"


def _check_bounds(text: str) -> None:
    depth = values = 0
    for event in yaml.parse(text, Loader=_SAFE_LOADER):
        if isinstance(event, yaml.AliasEvent):
            raise _refused(event, "aliases are not allowed: write the value again")
        if not isinstance(event, yaml.NodeEvent):
            depth -= isinstance(event, yaml.CollectionEndEvent)
            continue
        if event.anchor or getattr(event, "tag", None) is not None:
            raise _refused(event, "anchors and tags are not allowed: remove it")
        values += 1
        depth += isinstance(event, yaml.CollectionStartEvent)
        if depth > DEEPEST or values > MOST_VALUES:
            raise _refused(event, f"at most {DEEPEST} levels and {MOST_VALUES} values are allowed")


def _refused(event: yaml.Event, problem: str) -> yaml.YAMLError:
    line = f"line {event.start_mark.line + 1}: " if event.start_mark else ""
    return yaml.YAMLError(line + problem)
