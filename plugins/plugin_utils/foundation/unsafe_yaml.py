# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""YAML that Ansible will load and that holds text of somebody else. Pure.

Ansible renders texts of its variable files as templates. A text with the tag ``!unsafe`` is never rendered (Ansible's documentation, "Unsafe or raw
strings"), also where another variable refers to it.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

_RESOLVER: Any = yaml.SafeLoader("")
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


class UnsafeLoader(yaml.SafeLoader):
    """PyYAML's safe loader, which also knows the tag."""


def _untagged(loader: yaml.SafeLoader, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_mapping(node, deep=True) if isinstance(node, yaml.MappingNode) else None


UnsafeLoader.add_constructor("!unsafe", _untagged)


def load(text: str) -> Any:
    """Return the content of a YAML text.

    :raises yaml.YAMLError: where it is no YAML, or has other tags
    :raises ValueError: where a value cannot be converted
    """
    return yaml.load(text, Loader=UnsafeLoader)  # noqa: S506 - it is a safe loader


def written(value: Any) -> str:
    """Return a value as YAML on one line; every text in it has the tag, unless it is a single word of ASCII letters and digits."""
    if isinstance(value, str):
        return quoted(value) if _PLAIN.fullmatch(value) else unsafe(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(written, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{quoted(str(key))}: {written(item)}' for key, item in value.items())}}}"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value) if type(value) in (int, float) else unsafe(str(value))


def unsafe(text: str) -> str:
    """Return a text of somebody else as a scalar of YAML with the tag.

    Ansible looks for a type behind the tag even where the text is quoted, and makes a number of ``!unsafe "0x10"`` (seen in ansible-core 2.19.14). A text
    that looks like a number, a date, a truth value or nothing has no template in it, so it is quoted without the tag.
    """
    looks_like: str = _RESOLVER.resolve(yaml.ScalarNode, text, (True, False))
    return f"!unsafe {quoted(text)}" if looks_like == "tag:yaml.org,2002:str" else quoted(text)


def quoted(text: str) -> str:
    """Return a text as a double-quoted scalar in ASCII; half of a surrogate pair, which no file can hold, becomes U+FFFD."""
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(character: str) -> str:
    code = ord(character)
    if character in '"\\':
        return f"\\{character}"
    if 0x20 <= code < 0x7F:
        return character
    if 0xD800 <= code < 0xE000:
        return "\\uFFFD"
    return f"\\x{code:02X}" if code < 0x100 else f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"
