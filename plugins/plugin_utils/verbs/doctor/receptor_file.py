# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The configuration file of Receptor, read strictly: its directives by name, each with keys that are known. Pure.

The names are those of Receptor 1.5.5 (``receptor --help``) and of its page of configuration options; in its second form, a mapping with ``version: 2``,
directives that may be repeated are lists with a name in the plural.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from ...foundation.errors import InvalidInput

MOST_BYTES = 64 * 1024
MOST_DIRECTIVES = 200
MOST_VALUES = 100
"""Values of a list."""
LONGEST_TEXT = 4096

_COST = ("cost", "nodecost", "allowedpeers")
_WORK = ("worktype", "verifysignature", "allowruntimeparams")
KEYS: Mapping[str, tuple[str, ...]] = {
    "node": ("id", "datadir", "firewallrules", "maxidleconnectiontimeout"),
    "local-only": ("local",),
    "log-level": ("level",),
    "trace": (),
    "tls-server": (
        *("name", "cert", "key", "requireclientcert", "clientcas", "pinnedclientcert", "skipreceptornamescheck"),
        "mintls13",
    ),
    "tls-client": (
        *("name", "cert", "key", "rootcas", "insecureskipverify", "pinnedservercert", "skipreceptornamescheck"),
        "mintls13",
    ),
    "tcp-listener": ("bindaddr", "port", "tls", *_COST),
    "ws-listener": ("bindaddr", "port", "path", "tls", *_COST),
    "udp-listener": ("bindaddr", "port", *_COST),
    "tcp-peer": ("address", "redial", "tls", "cost", "allowedpeers"),
    "ws-peer": ("address", "redial", "extraheader", "tls", "cost", "allowedpeers"),
    "udp-peer": ("address", "redial", "cost", "allowedpeers"),
    "control-service": ("service", "filename", "permissions", "tls", "tcplisten", "tcptls"),
    "work-signing": ("privatekey", "tokenexpiration"),
    "work-verification": ("publickey",),
    "work-command": ("command", "params", *_WORK),
    "work-kubernetes": (
        *("namespace", "image", "command", "params", "authmethod", "kubeconfig", "pod", "deletepodonrestart"),
        *("streammethod", "allowruntimeauth", "allowruntimecommand", "allowruntimepod", *_WORK),
    ),
    "work-python": ("worktype", "plugin", "function", "config"),
    "command-service": ("service", "command", "tls"),
    "ip-router": ("networkname", "interface", "localnet", "routes"),
    "tcp-server": ("port", "bindaddr", "remotenode", "remoteservice", "tlsserver", "tlsclient"),
    "tcp-client": ("service", "address", "tlsserver", "tlsclient"),
    "udp-server": ("port", "bindaddr", "remotenode", "remoteservice"),
    "udp-client": ("service", "address"),
    "unix-socket-server": ("filename", "permissions", "remotenode", "remoteservice", "tls"),
    "unix-socket-client": ("service", "filename", "tls"),
}
_RULE_KEYS = ("action", "fromnode", "tonode", "fromservice", "toservice")
_SWITCHES = (
    *(
        "requireclientcert",
        "skipreceptornamescheck",
        "mintls13",
        "insecureskipverify",
        "verifysignature",
        "redial",
        "local",
    ),
    *("allowruntimeparams", "allowruntimeauth", "allowruntimecommand", "allowruntimepod", "deletepodonrestart"),
)
_LISTS = ("allowedpeers", "pinnedclientcert", "pinnedservercert")
_MAPPINGS = ("nodecost", "config")
_NUMBERS = ("permissions",)

Values = Mapping[str, Any]


@dataclass(frozen=True)
class ReceptorFile:
    """What a configuration file of Receptor says.

    :ivar directives: each with its values, in their order
    :ivar unknown: the names of directives and keys that are not known, as they are read
    """

    directives: tuple[tuple[str, Values], ...]
    unknown: tuple[str, ...] = field(default=())

    def all(self, *names: str) -> Iterator[tuple[str, Values]]:
        """Yield the directives with one of these names."""
        return ((name, values) for name, values in self.directives if name in names)

    def one(self, name: str) -> Values:
        """Return the values of a directive that is there once; empty where it is not."""
        return next((values for _name, values in self.all(name)), {})


def read_receptor_file(text: str) -> ReceptorFile:
    """Return what a configuration file says.

    :raises InvalidInput: where Receptor could not read it either, or a value has another type than it may have
    """
    try:
        content = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        problem = getattr(error, "problem", None) or type(error).__name__
        raise InvalidInput(f"it is no YAML ({problem})") from None
    found = list(_directives(content))
    if len(found) > MOST_DIRECTIVES:
        raise InvalidInput(f"it has more than {MOST_DIRECTIVES} directives")
    unknown: list[str] = []
    return ReceptorFile(tuple(_known(found, unknown)), tuple(unknown))


def _directives(content: Any) -> Iterator[tuple[str, Any]]:
    """Yield the directives of both forms of the file."""
    if isinstance(content, list):
        for one in content:
            if not isinstance(one, dict) or len(one) != 1:
                raise InvalidInput(
                    "it must be a list of directives with one name each, such as - node: {id: amsterdam}"
                )
            yield from ((str(name).casefold(), value) for name, value in one.items())
    elif isinstance(content, dict) and content.get("version") == 2:
        for name, value in content.items():
            if name != "version":
                yield from _of_version_2(str(name).casefold(), value)
    else:
        raise InvalidInput("it must be a list of directives, or a mapping with version: 2")


def _of_version_2(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if name in KEYS and not isinstance(value, list):
        yield name, value
    elif (single := _single(name)) in KEYS and isinstance(value, list):
        yield from ((single, one) for one in value)
    else:
        yield name, value


def _single(name: str) -> str:
    return name.removesuffix("s")


def _known(found: list[tuple[str, Any]], unknown: list[str]) -> Iterator[tuple[str, Values]]:
    for name, value in found:
        if name not in KEYS:
            unknown.append(name)
            continue
        if not isinstance(value, dict | None):
            raise InvalidInput(f"{name} must be a mapping")
        values = {str(key).casefold(): one for key, one in (value or {}).items()}
        unknown += [f"{key} of {name}" for key in values if key not in KEYS[name]]
        yield name, {key: _value(f"{key} of {name}", key, values[key]) for key in KEYS[name] if key in values}


def _value(where: str, key: str, value: Any) -> Any:
    """Return a value with the type that it must have."""
    if key in _SWITCHES:
        return _switch(where, value)
    if key == "firewallrules":
        return _rules(value)
    if key in _LISTS:
        return [_text(where, one) for one in _list(where, value)]
    if key in _MAPPINGS:
        return value
    if key in _NUMBERS:
        return _mode(where, value)
    return _text(where, value)


def _switch(where: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).casefold() in ("true", "false"):
        return str(value).casefold() == "true"
    raise InvalidInput(f"{where} must be true or false")


def _mode(where: str, value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 0o7777:
        return value
    if isinstance(value, str) and value.isdecimal() and len(value) <= 5 and not set(value) & set("89"):
        return int(value, 8)
    raise InvalidInput(f"{where} must be a file mode, such as 0600")


def _list(where: str, value: Any) -> list[Any]:
    if not isinstance(value, list) or len(value) > MOST_VALUES:
        raise InvalidInput(f"{where} must be a list of at most {MOST_VALUES} values")
    return value


def _text(where: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str | int | float) and not isinstance(value, bool) and len(text := str(value)) <= LONGEST_TEXT:
        return text
    raise InvalidInput(f"{where} must be a text")


def _rules(value: Any) -> list[dict[str, str]]:
    where = "firewallrules of node"
    rules = []
    for rule in _list(where, value):
        if not isinstance(rule, dict):
            raise InvalidInput(f"{where} must be a list of mappings")
        texts = {str(key).casefold(): _text(where, one) for key, one in rule.items()}
        if texts.keys() - set(_RULE_KEYS) or texts.get("action", "").casefold() not in ("accept", "reject", "drop"):
            raise InvalidInput(
                f"{where}: a rule has an action (accept, reject, drop), and of {', '.join(_RULE_KEYS[1:])} what it is about"
            )
        rules.append(texts)
    return rules
