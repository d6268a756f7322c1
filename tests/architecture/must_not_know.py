# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The column "must not know" of docs/explanation/architecture.md and the same words of a package's docstring, as rules for imports and calls.

A word that no rule has cannot be held, so a page or a docstring that uses one fails.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tests.architecture.graph import PLUGIN_UTILS, ROOT, imports_of
from tests.architecture.page import FLOORS, PAGE, section
from tests.parsed import parsed

_NETWORK = ("socket", "ssl", "http.client", "urllib.request", "smtplib", "asyncio")
_ADDRESS_HELPERS = ("socket.AF_INET", "socket.AF_INET6", "socket.inet_ntop", "socket.inet_pton", "socket.gethostname")
_CLOCK = frozenset(
    {
        *("datetime.now", "datetime.utcnow", "datetime.today", "date.today"),
        *(f"time.{name}" for name in ("time", "time_ns", "monotonic", "monotonic_ns", "localtime", "gmtime")),
    }
)
# The modules by which something reaches a node. The others of these folders are values: names, builds, variables of the inventory.
_SENDERS = (
    *(f"appliance.nitro.{name}" for name in ("session", "connection", "bounded_connection", "side_by_side")),
    *(f"appliance.nitro.{name}" for name in ("node_files", "log_download", "directory_listing", "partitions")),
    *("appliance.ssh.openssh", "appliance.ssh.framed_script", "appliance.object_reads"),
)
_NITRO = ("appliance.nitro", "appliance.objects", "appliance.object_reads")
# A connection with bounds is used for other machines too.
_OF_APPLIANCES = tuple(name for name in _SENDERS if name != "appliance.nitro.bounded_connection")
_PROBES = ("judgement.proof.probes",)
_SHARED = ("common", "deployment", "pages", "run_report")
_VERBS = tuple(
    f"verbs.{path.name}"
    for path in sorted((ROOT / PLUGIN_UTILS.folder / "verbs").iterdir())
    if path.is_dir() and path.name not in (*_SHARED, "__pycache__")
)
_CARRIED_OUT = ("change.execution",)
_PAGES = ("verbs.pages", "verbs.run_report")


@dataclass(frozen=True)
class Rule:
    """What a word of the column forbids.

    :ivar modules: packages and modules of the engine
    :ivar libraries: modules of Python and of others
    :ivar calls: expressions, such as ``datetime.now``
    :ivar writes: True if nothing may be written on an appliance
    """

    modules: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    calls: frozenset[str] = frozenset()
    writes: bool = False


RULES: Mapping[str, Rule] = {
    "Ansible": Rule(("ansible",), ("ansible",)),
    "NITRO": Rule(_NITRO),
    "objects of NITRO": Rule(_NITRO[1:]),
    "measures": Rule(("measures",)),
    "changes": Rule(("change",)),
    "policies": Rule(("policies",)),
    "verdicts": Rule(("judgement",)),
    "the verbs": Rule(("verbs",)),
    "a single verb": Rule(_VERBS),
    "the fleet": Rule(("fleet",)),
    "other appliances": Rule(("fleet", "fleet_sources")),
    "the network": Rule(_SENDERS, _NETWORK),
    "the clock": Rule(libraries=tuple(name for name in _CLOCK if name.startswith("time.")), calls=_CLOCK),
    "how an appliance is reached": Rule(_OF_APPLIANCES),
    "how a change is planned": Rule(("change.planning",)),
    "how a change is carried out": Rule(_CARRIED_OUT),
    "what a trace means": Rule(
        ("traces.findings", "traces.alarm_state", "traces.hunting", "traces.log_reading", "traces.watching")
    ),
    "how a trace is found": Rule(("traces.hunting", "traces.log_reading", "traces.watching")),
    "how results are shown": Rule(_PAGES),
    "it sends nothing": Rule(_SENDERS, _NETWORK),
    "it asks no appliance": Rule((*_OF_APPLIANCES, *_PROBES)),
    "it writes nothing on an appliance": Rule(_CARRIED_OUT, writes=True),
}
_SENTENCES = tuple(word for word in RULES if word.startswith("it "))
_WRITERS = frozenset({"create_file", "delete_file", "node_files.create_file", "node_files.delete_file"})
_BETWEEN = re.compile(r"[,;:.]? (?:or|and|nor) |[,;] ")


def terms_of_the_page() -> dict[str, tuple[str, ...]]:
    """Return the words of the column by package."""
    rows = [
        [cell.strip() for cell in line.strip("| ").split("|")]
        for line in section(PAGE.read_text(encoding="utf-8"), FLOORS).splitlines()
        if line.startswith("| `")
    ]
    return {row[0].strip("`"): tuple(_BETWEEN.split(row[-1])) for row in rows}


def terms_of(docstring: str) -> tuple[str, ...]:
    """Return the words of a docstring: what follows "must not know", and the sentences that say what a package does not do."""
    text = " ".join(docstring.split())
    named = [term for clause in re.findall(r"\bmust not know ([^.;:]+)[.;:]", text) for term in _BETWEEN.split(clause)]
    return (*named, *(sentence for sentence in _SENTENCES if re.search(rf"\b{sentence}\b", text, re.IGNORECASE)))


def terms_of_docstrings() -> dict[str, tuple[str, ...]]:
    """Return the words by package, for each that has some."""
    found = {
        name: terms_of(ast.get_docstring(parsed(path)) or "")
        for name, path in PLUGIN_UTILS.modules.items()
        if path.name == "__init__.py"
    }
    return {name: terms for name, terms in found.items() if terms}


@dataclass(frozen=True)
class Module:
    """One module of the engine, as its source says it.

    :ivar imports: the modules and names that it imports, those of the engine below ``plugin_utils``
    """

    name: str
    imports: tuple[str, ...]
    source: ast.Module = field(repr=False)


@cache
def modules() -> tuple[Module, ...]:
    """Return all modules of the engine; each is parsed once."""
    return tuple(read_module(name, path) for name, path in PLUGIN_UTILS.modules.items())


def read_module(name: str, path: Path, text: str | None = None) -> Module:
    """Return one module.

    :param text: its source, where that is not in the file
    """
    source = parsed(path) if text is None else ast.parse(text)
    return Module(
        name, tuple(found.removeprefix(f"{PLUGIN_UTILS.prefix}.") for found in imports_of(source, path)), source
    )


def objections(package: str, term: str, among: tuple[Module, ...]) -> list[str]:
    """Return what the modules of a package know although a word of the column forbids it."""
    return [
        f"{module.name} {found}"
        for module in among
        if _is_in(module.name, package)
        for found in dict.fromkeys(_objections(module, RULES[term], package))
    ]


def _objections(module: Module, rule: Rule, package: str) -> Iterator[str]:
    for name in module.imports:
        is_forbidden = any(_is_in(name, forbidden) for forbidden in rule.modules) and not _is_in(name, package)
        if is_forbidden or (any(_is_in(name, library) for library in rule.libraries) and name not in _ADDRESS_HELPERS):
            yield f"imports {name}"
    for node in ast.walk(module.source) if rule.calls or rule.writes else ():
        if rule.calls and isinstance(node, ast.Attribute) and ast.unparse(node) in rule.calls:
            yield f"uses {ast.unparse(node)}"
        elif rule.writes and isinstance(node, ast.Call) and _writes(node):
            yield f"calls {ast.unparse(node.func)}"


def _writes(call: ast.Call) -> bool:
    """Return True if a call writes on an appliance: ``session.write``, ``session.save``, or a file of a node."""
    function = ast.unparse(call.func)
    return function in _WRITERS or bool(re.search(r"\b(?:session|primary|secondary)\.(?:write|save)$", function))


def _is_in(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")
