# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which measures there are: those that an operator asks for in the inventory, and the mitigations of the catalogue."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Measure
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.mitigation import entries, load_mitigation
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import InvalidInput

Loader = Callable[[Any, str, date], Measure]
"""Makes a measure of its inventory variable, the host and today's date."""


# Each is imported where it is asked for: ansible-core compiles a collection's files anew at each start, and these are a fifth of them.
def _url_whitelist() -> Loader:
    from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.url_whitelist.measure import (  # noqa: PLC0415 -- see above
        load_url_whitelist,
    )

    return load_url_whitelist


def _geoblock() -> Loader:
    from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.measure import (  # noqa: PLC0415 -- see above
        load_geoblock,
    )

    return load_geoblock


ASKED_FOR: dict[str, Callable[[], Loader]] = {"url_whitelist": _url_whitelist, "geoblock": _geoblock}
"""By id, what imports the measure. A further one is one line here."""


def load_measure(id_: str, catalogue: Path, settings: Any, host: str, today: date) -> Measure:
    """:param settings: the value of the inventory variable that the measure has; of no meaning for a mitigation

    :raises InvalidInput: where there is no such measure, or what is asked for cannot be
    """
    if not id_:
        known = ", ".join([*entries(catalogue), *ASKED_FOR])
        raise InvalidInput(f"no mitigation is named: say -e mitigation=..., one of {known}")
    if id_ in ASKED_FOR:
        return ASKED_FOR[id_]()(settings, host, today)
    return load_mitigation(catalogue / id_)
