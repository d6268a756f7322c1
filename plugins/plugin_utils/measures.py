# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which measures there are: those that an operator asks for in the inventory, and the mitigations of the catalogue."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.geoblock.measure import ID as GEOBLOCK
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.geoblock.measure import load_geoblock
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measure import Measure
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.mitigation import entries, load_mitigation
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.url_whitelist import ID as URL_WHITELIST
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.url_whitelist import load_url_whitelist

ASKED_FOR: dict[str, Callable[[Any, str, date], Measure]] = {
    URL_WHITELIST: load_url_whitelist,
    GEOBLOCK: load_geoblock,
}
"""By id, what makes a measure of its inventory variable, the host and today's date. A further one is one line here."""


def load_measure(id_: str, catalogue: Path, settings: Any, host: str, today: date) -> Measure:
    """:param settings: the value of the inventory variable that the measure has; of no meaning for a mitigation

    :raises InvalidInput: where there is no such measure, or what is asked for cannot be
    """
    if not id_:
        known = ", ".join([*entries(catalogue), *ASKED_FOR])
        raise InvalidInput(f"no mitigation is named: say -e mitigation=..., one of {known}")
    if id_ in ASKED_FOR:
        return ASKED_FOR[id_](settings, host, today)
    return load_mitigation(catalogue / id_)
