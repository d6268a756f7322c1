# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Judges the exported configurations of a folder by the whole catalogue. No connection is made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ...catalogue.bundle_name import bundle_of
from ...catalogue.entry import known_on
from ...catalogue.entry_file import load_catalogue
from ...catalogue.published import edited_in
from ...catalogue.upgrade import earlier_day
from ...fleet_sources.exported_configurations import read_exported
from ...foundation.errors import InvalidInput
from ...foundation.foreign_text import printable
from ..common.task import date_option
from ..deployment.deployment import today
from ..pages.appliance_lines import BUNDLE
from ..pages.catalogue_report import catalogue_result, exported_headline, exported_values
from .exported_check import check_exported, planned_lines
from .exposure import DesiredVersion


def judged_files(
    options: Mapping[str, Any], desired: Mapping[str, DesiredVersion] | None
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the name and the result of each configuration.

    :param desired: by entry, what apply.yml would bring in; None where no plan is asked for
    """
    if options["mitigation"]:
        raise InvalidInput("source judges by the whole catalogue: leave out -e mitigation=...")
    catalogue = Path(options["catalogue"]).expanduser()
    as_of = date_option(options["as_of"])
    entries = known_on(load_catalogue(catalogue), earlier_day(as_of, today()))
    edited = edited_in(catalogue, (entry.id for entry in entries))
    for exported in read_exported(Path(options["source"]).expanduser()):
        if exported.problem:
            problem = f"failed: {printable(exported.problem)}"
            yield exported.name, {"changed": False, "file": exported.file, "problem": problem}
            continue
        bundle = {BUNDLE: name} if (name := bundle_of(catalogue)) else {}
        found, head = check_exported(exported, entries, catalogue, as_of), exported_headline(exported)
        more = {**exported_values(exported), **bundle}
        if desired is not None:
            more["report"] = [head, *planned_lines(exported, found, desired)]
        yield exported.name, catalogue_result(found.verdict, found.entries, head, entries, as_of, more, edited).values()
