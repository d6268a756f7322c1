# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The catalogue of a user as the variables of a host name it, for the actions that compare it with a bundle."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...foundation.errors import InvalidInput
from ...foundation.state_directory import state_directory
from ..common.default_paths import (
    UPDATES,
    default_allowed_signers,
    inventory_sources,
    own_entries_directory,
    require_outside_collections,
    updates_directory,
    updates_places,
)
from ..common.role_variables import ROLE_DEFAULTS
from .catalogue_update import CatalogueUpdate


def catalogue_update(options: Mapping[str, Any], variables: Mapping[str, Any], *, write: bool) -> CatalogueUpdate:
    """Return the catalogue of a user.

    :param variables: of a host, which name the inventory
    :raises InvalidInput: where no place for bundles is known, or it is inside an installed collection
    """
    sources = inventory_sources(variables)
    named, places = options["updates"], updates_places(sources)
    if named == "none":
        raise InvalidInput(
            f"{UPDATES} is none, so no bundle is in use: leave it out to look at bundles. Nothing was sent."
        )
    if not named and not places:
        raise InvalidInput(
            f"no inventory is named: bundles of the catalogue are kept beside it. Name it with -i, or -e {UPDATES}=DIRECTORY"
        )
    folder = Path(named).expanduser() if named else updates_directory(None, sources) or places[0]
    require_outside_collections("updates", str(folder))
    return CatalogueUpdate(
        built_in=Path(ROLE_DEFAULTS["catalogue"]),
        own=own_entries_directory(options["own_entries"], sources),
        folder=folder,
        signers=Path(options["allowed_signers"] or default_allowed_signers(sources)).expanduser(),
        state=state_directory(),
        write=write,
    )
