# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The column "must not know" of docs/explanation/architecture.md, and the same words of a package, hold for its imports and calls."""

from __future__ import annotations

import pytest

from tests.architecture.graph import PLUGIN_UTILS, ROOT
from tests.architecture.must_not_know import (
    RULES,
    modules,
    objections,
    read_module,
    terms_of,
    terms_of_docstrings,
    terms_of_the_page,
)
from tests.architecture.page import floors


def test_each_word_of_the_column_has_a_rule() -> None:
    unknown = {
        f"{package}: {term}"
        for terms in (terms_of_the_page(), terms_of_docstrings())
        for package, said in terms.items()
        for term in said
        if term not in RULES
    }
    assert unknown == set()


def test_a_package_says_of_itself_what_the_page_says_of_it() -> None:
    said = terms_of_docstrings()
    assert {package: sorted(said.get(package, ())) for package in floors()} == {
        package: sorted(terms) for package, terms in terms_of_the_page().items()
    }


def test_no_package_knows_what_it_must_not_know() -> None:
    known = {
        f"{package}: {term}": found
        for package, terms in terms_of_docstrings().items()
        for term in terms
        if (found := objections(package, term, modules()))
    }
    assert known == {}


def test_a_measure_knows_no_other_measure() -> None:
    """What stands in ``measures`` itself is shared; each folder in it is a kind."""
    kinds = {path.parent.name for path in (ROOT / PLUGIN_UTILS.folder / "measures").glob("*/__init__.py")}
    known = [
        f"{module} imports {target}"
        for module, targets in PLUGIN_UTILS.graph().items()
        for target in targets
        if len({name for name in (kind_of(module), kind_of(target)) if name in kinds}) > 1
    ]
    assert len(kinds) > 5
    assert known == []


def kind_of(module: str) -> str:
    """Return the name behind ``measures.``; "" for what stands elsewhere."""
    return module.split(".")[1] if module.startswith("measures.") else ""


# -- what is seen --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("term", "line", "found"),
    [
        ("the clock", "started = datetime.now(UTC)", "uses datetime.now"),
        ("the clock", "started = time.monotonic()", "uses time.monotonic"),
        ("the clock", "def read(clock=time.time): ...", "uses time.time"),
        ("the clock", "from time import monotonic", "imports time.monotonic"),
        ("the clock", "sleep(time=1)", ""),
        ("the network", "import http.client", "imports http.client"),
        ("the network", "from socket import create_connection", "imports socket.create_connection"),
        ("the network", "from socket import inet_pton", ""),
        (
            "it sends nothing",
            "from ..appliance.nitro.session import Session",
            "imports appliance.nitro.session.Session",
        ),
        ("it sends nothing", "from ..appliance.nitro import session", "imports appliance.nitro.session"),
        ("it sends nothing", "from ..appliance.nitro.names import is_name", ""),
        ("it asks no appliance", "from ..judgement.proof import probes", "imports judgement.proof.probes"),
        ("it writes nothing on an appliance", "self.session.write('POST', 'x', {})", "calls self.session.write"),
        ("it writes nothing on an appliance", "connection.primary.save()", "calls connection.primary.save"),
        ("it writes nothing on an appliance", "node_files.create_file(one, 'x', b'')", "calls node_files.create_file"),
        ("it writes nothing on an appliance", "file.write('x')", ""),
        ("Ansible", "from ansible.errors import AnsibleError", "imports ansible.errors.AnsibleError"),
        ("Ansible", "from ..ansible.base import Action", "imports ansible.base.Action"),
        ("a single verb", "from ..verbs.apply import recommended", "imports verbs.apply.recommended"),
        ("a single verb", "from ..verbs.common.task import Task", ""),
    ],
)
def test_what_a_package_must_not_know_is_seen(term: str, line: str, found: str) -> None:
    module = read_module("demo.module", ROOT / PLUGIN_UTILS.folder / "demo" / "module.py", line)
    assert objections("demo", term, (module,)) == ([f"demo.module {found}"] if found else [])


def test_types_and_imports_inside_functions_count() -> None:
    text = "if TYPE_CHECKING:\n    from ..appliance.nitro.session import Row\ndef f():\n    from ..appliance.nitro.session import SWITCH\n"
    module = read_module("demo.module", ROOT / PLUGIN_UTILS.folder / "demo" / "module.py", text)
    assert objections("demo", "it sends nothing", (module,)) == [
        "demo.module imports appliance.nitro.session.Row",
        "demo.module imports appliance.nitro.session.SWITCH",
    ]


def test_a_package_may_know_itself() -> None:
    path = ROOT / PLUGIN_UTILS.folder / "verbs" / "common" / "module.py"
    module = read_module("verbs.common.module", path, "from .task import Task\n")
    assert objections("verbs.common", "the verbs", (module,)) == []


@pytest.mark.parametrize(
    ("said", "terms"),
    [
        ("Out: x. It must not know NITRO, the clock or Ansible.", ("NITRO", "the clock", "Ansible")),
        ("It must not know Ansible; it asks no appliance.", ("Ansible", "it asks no appliance")),
        ("It must not know\nthe verbs or Ansible: the files are all.", ("the verbs", "Ansible")),
        ("It asks no appliance.", ("it asks no appliance",)),
        ("It may know all.", ()),
    ],
)
def test_the_words_of_a_docstring(said: str, terms: tuple[str, ...]) -> None:
    assert terms_of(said) == terms
