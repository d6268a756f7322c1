# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The check of a catalogue as the options of a task say it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...appliance.nitro.appliance import Appliance
from ...catalogue.entry import Entry
from ...catalogue.opt_out import read_opt_outs
from ...judgement.proof.acknowledgements import read_acknowledgements
from ..common.task import RUN, date_option, record_trust, settings_by_entry
from .catalogue_check import CatalogueCheck
from .exposure import DesiredVersion


def check_of(
    appliance: Appliance,
    options: Mapping[str, Any],
    directory: Path,
    entries: tuple[Entry, ...],
    desired: Mapping[str, Any] | None,
    **more: Any,
) -> CatalogueCheck:
    """Return the check of an appliance by entries of a catalogue.

    :param desired: by entry, what its measure shall bring in, as plain values
    :raises InvalidInput: where an option is not valid
    """
    return CatalogueCheck(
        appliance=appliance,
        entries=entries,
        directory=directory,
        records=Path(options["records"]),
        run=RUN,
        desired={id_: DesiredVersion(**values) for id_, values in (desired or {}).items()},
        trust=record_trust(options),
        acknowledgements=read_acknowledgements(appliance.name, options["acknowledgements"]),
        as_of=date_option(options["as_of"]),
        opt_outs=read_opt_outs(appliance.name, options["opt_outs"]),
        settings=settings_by_entry(options["measures"]),
        **more,
    )
