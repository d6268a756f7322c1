# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which policies a run of ours has removed, so that one which is not there any more is not taken for lost. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from ...appliance.nitro.names import DEFAULT
from ...appliance.objects.resource_types import POLICY_TYPES
from ...change.records.change_record import ChangeRecord


def removed_by_us(records: Iterable[ChangeRecord]) -> dict[str, str]:
    """Return by policy the run that removed it, in words, where no later run has brought it in again.

    :param records: of all measures, in the order of their chain; an alarm is tested in the default partition alone
    """
    found: dict[str, str] = {}
    for record in records:
        if not record.provenance.is_trusted or record.partition != DEFAULT:
            continue
        for step in (one for one in record.touched if one.type in POLICY_TYPES):
            found.pop(step.key[0], None)
            if step.after is None:
                found[step.key[0]] = f"our {record.kind} {record.name.removesuffix('.json')} removed it"
    return found
