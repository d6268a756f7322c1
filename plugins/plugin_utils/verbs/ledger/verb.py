# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declares ledger, which says from when to when each appliance was exposed to which weakness."""

from ...policies.rights import CONFIGURATION, LOG_ON, POLICIES, RECORDS, VSERVERS, Extra, rights
from ..common.verb import EVERY_MEASURE, Rights, Shown, Verb

VERB = Verb(
    name="ledger",
    tasks={"ledger": Shown.COLLECTED},
    reports_on_fleet=True,
    # The copies of other control nodes' records, and whether mitigations and closings are still as the records say.
    rights=Rights(
        own=(*LOG_ON, *RECORDS, *POLICIES, *rights("show", VSERVERS)),
        extras={
            Extra.WHOLE_CATALOGUE: (*rights("show", f"ns partition, ns feature, {VSERVERS}"), *CONFIGURATION),
        },
    ),
    whole_catalogue_for=EVERY_MEASURE,
)
