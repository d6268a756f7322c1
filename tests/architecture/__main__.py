# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Write everything that is made from the tree: the picture and the lists of modules of docs/explanation/architecture.md, the tables of the roles, the
list of all variables, the command policies of docs/how-to/least-privilege.md and docs/reference/rights.md, the published schema of an entry, the register
of open facts, the page of the playbooks, what prove.yml sends, and the plugins of a new verb."""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path

from tests.architecture import catalogue_pages, open_facts, options, verb_files, verbs_page
from tests.architecture.graph import PLUGIN_UTILS, ROOT, SIMULATOR, SourceTree, floor_of
from tests.architecture.markers import replaced
from tests.architecture.page import PAGE, SIMULATOR_FLOORS, floors
from tests.architecture.picture import svg
from tests.architecture.rights_page import BESIDES, BESIDES_PAGE, POLICY, besides, policy
from tests.architecture.rights_page import PAGE as RIGHTS
from tests.architecture.role_tables import readme, roles, variables, with_tables

COLLECTIONS = ROOT / ".collections"
ENTRY_SCHEMA = ROOT / "templates" / "entry-schema.json"
VARIABLES = ROOT / "docs" / "reference" / "variables.md"
PICTURE = ROOT / "docs" / "explanation" / "architecture.svg"


def entry_schema() -> str:
    """Return the text of the published schema of an entry of the catalogue."""
    from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry_schema import json_schema

    return json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n"


def made() -> dict[Path, str]:
    """Return the content of each file, as the tree gives it."""
    if str(COLLECTIONS) not in sys.path:
        sys.path.append(str(COLLECTIONS))
    page = PAGE.read_text(encoding="utf-8")
    page = replaced(page, f"folders of {PLUGIN_UTILS.folder}", "\n".join(folder_list(PLUGIN_UTILS, list(floors()))))
    page = replaced(
        page, f"modules of {SIMULATOR.folder}", "\n".join(module_list(SIMULATOR, list(floors(SIMULATOR_FLOORS))))
    )
    return {
        PICTURE: svg(floors(), folders(PLUGIN_UTILS)),
        PAGE: page,
        RIGHTS: replaced(RIGHTS.read_text(encoding="utf-8"), POLICY, "\n".join(policy())),
        BESIDES_PAGE: replaced(BESIDES_PAGE.read_text(encoding="utf-8"), BESIDES, "\n".join(besides())),
        VARIABLES: replaced(
            VARIABLES.read_text(encoding="utf-8"), "variables of all roles", "\n".join(variables("../.."))
        ),
        ENTRY_SCHEMA: entry_schema(),
        catalogue_pages.PAGE: catalogue_pages.page(),
        **open_facts.pages(),
        **options.made(),
        **verb_files.made(),
        verbs_page.PAGE: verbs_page.page(),
        **{readme(role): with_tables(role, readme(role).read_text(encoding="utf-8")) for role in roles()},
    }


def folders(tree: SourceTree) -> dict[str, list[str]]:
    """Return by floor the folders directly in it."""
    found: dict[str, list[str]] = {}
    for module, path in tree.modules.items():
        floor, _dot, inside = module.partition(".")
        if path.name == "__init__.py" and inside and "." not in inside:
            found.setdefault(floor, []).append(inside)
    return found


def folder_list(tree: SourceTree, order: list[str]) -> list[str]:
    """Return the folders in each floor, lowest floor first, with the question that each answers, as lines of Markdown."""
    inside = folders(tree)
    return [
        f"* `{floor}/{folder}`: {question_of(tree.modules[f'{floor}.{folder}'])}"
        for floor in order
        for folder in inside.get(floor, ())
    ]


def question_of(path: Path) -> str:
    """Return the first sentence of the docstring of a package, in one line."""
    text = " ".join((ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").partition("\n\n")[0].split())
    return (text := text.removeprefix("Answers: "))[:1].upper() + text[1:]


def module_list(tree: SourceTree, order: list[str]) -> list[str]:
    """Return the modules of each floor, lowest floor first, as lines of Markdown."""
    names: dict[str, list[str]] = {floor: [] for floor in order}
    for module in tree.modules:
        inside = module.partition(".")[2]
        if inside:
            names[floor_of(module)].append(f"`{inside.replace('.', '/')}`")
    return [f"* `{floor}`: {', '.join(inside) or 'a module of its own'}" for floor, inside in names.items()]


if __name__ == "__main__":
    for path, text in made().items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"written: {path.relative_to(ROOT)}")
