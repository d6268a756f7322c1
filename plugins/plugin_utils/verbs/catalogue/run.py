# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Packs, looks at or takes a bundle of the catalogue, or goes back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ...catalogue.entry_file import load_catalogue
from ...change.records.signing_key import default_principal
from ...fleet_sources.exported_configurations import read_exported
from ...foundation.errors import InvalidInput
from ...foundation.foreign_text import printable
from ...foundation.json_values import json_values
from ...judgement.proof.catalogue_change import catalogue_change
from ..common.control_node_task import ControlNodeTask
from ..common.result import Result
from ..common.task import date_option
from ..status.exported_check import check_exported
from .catalogue_update import CatalogueUpdate, Comparison
from .cve_comparison import compare_cve_records
from .page import PROBLEM, change_exit_code, change_page, change_values
from .update_options import catalogue_update


class UpdateCatalogue(ControlNodeTask):
    """Pack, look at or take a bundle of the catalogue, or go back."""

    checks_names = False  # no variable of an appliance counts for a bundle

    def run(self) -> Result:
        options = self.options
        require_one_thing(options)
        update = catalogue_update(options, self.variables, write=not self.check_mode)
        values = compared_files(options, update) if options["source"] else _done(options, update)
        nothing = {"verb": "catalogue", "exit_code": 0, "appliances": {}, "differences": [], "must_fail": False}
        return Result(changed=values.get("changed", False), msg=values["msg"], own={**nothing, **values})


def require_one_thing(options: Mapping[str, Any]) -> None:
    """:raises InvalidInput: where the options ask for more than one thing, or lack what one of them needs"""
    asked = [name for name in ("take", "go_back", "pack", "source", "cve_records") if options[name]]
    if len(asked) > 1:
        raise InvalidInput(f"{' and '.join(asked)} cannot be given together: leave one out. Nothing was done.")
    needed = asked and asked[0] in ("take", "source")
    if needed and not options["bundle"]:
        raise InvalidInput(f"{asked[0]} needs a bundle: -e bundle=FILE. Nothing was done.")
    if options["bundle"] and asked and not needed:
        raise InvalidInput(f"{asked[0]} takes no bundle: leave out -e bundle=... Nothing was done.")


def _done(options: Mapping[str, Any], update: CatalogueUpdate) -> dict[str, Any]:
    if options["cve_records"]:
        found = compare_cve_records(Path(options["cve_records"]).expanduser(), update.directory())
        code = found.exit_code
        values = {"differences": json_values(found.differences), "exit_code": code}
        lines = found.lines
        return {
            **values,
            "must_fail": code >= options["fail_at"] or bool(found.problems),
            "lines": lines,
            "msg": lines[-1],
        }
    if options["pack"]:
        source = Path(options["entries_of"]).expanduser() if options["entries_of"] else update.own
        if source is None:
            raise InvalidInput(
                "pack: there is no directory of entries beside the inventory: name one, -e entries_of=DIRECTORY"
            )
        done = update.pack(source, Path(options["pack"]).expanduser(), options["number"], options["about"])
    elif options["go_back"]:
        done = update.go_back()
    elif options["take"]:
        done = update.take(Path(options["bundle"]).expanduser(), default_principal())
    elif options["bundle"]:
        compared = update.compare(Path(options["bundle"]).expanduser())
        return {"lines": list(compared.lines), "msg": compared.lines[0]}
    else:
        done = update.in_use()
    return {"changed": done.changed, "lines": list(done.lines), "msg": done.lines[0]}


def compared_files(options: Mapping[str, Any], update: CatalogueUpdate) -> dict[str, Any]:
    """Return the result of a comparison of both catalogues over exported configurations."""
    compared = update.compare(Path(options["bundle"]).expanduser())
    appliances = dict(_files(options, compared))
    lines, code = change_page(compared.lines, appliances), change_exit_code(appliances)
    must_fail = code >= options["fail_at"]
    values = {"appliances": appliances, "lines": lines, "exit_code": code, "must_fail": must_fail, "msg": lines[-1]}
    return {**values, "failed": True} if any(one[PROBLEM] for one in appliances.values()) else values


def _files(options: Mapping[str, Any], compared: Comparison) -> Iterator[tuple[str, dict[str, Any]]]:
    as_of = date_option(options["as_of"])
    before, after = load_catalogue(compared.before), load_catalogue(compared.after)
    for exported in read_exported(Path(options["source"]).expanduser()):
        if exported.problem:
            yield exported.name, {PROBLEM: f"failed: {printable(exported.problem)}"}
            continue
        old = check_exported(exported, before, compared.before, as_of)
        new = check_exported(exported, after, compared.after, as_of)
        yield exported.name, change_values(catalogue_change(old, new), exported.node.build)


TASK = UpdateCatalogue
