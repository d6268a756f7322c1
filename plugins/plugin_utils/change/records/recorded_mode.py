# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Did a run let our policies block, or only count? Read from the steps of its record. Pure."""

from __future__ import annotations

from ...appliance.objects.resource_types import Attributes
from ...catalogue.observing import POLICY, is_passing
from .record_content import RecordContent
from .record_states import StepState


def only_counts(record: RecordContent) -> bool:
    """Return True if the last state of each policy that a run left only counts. Policies that it has removed, such as a twin, do not count.

    The steps are taken as they stand in the record, so that one of a version that knows more types is no error.
    """
    left: dict[str, Attributes] = {}
    for step in record.values["steps"]:
        if step["type"] != POLICY or step["state"] not in (StepState.SENT, StepState.DONE):
            continue
        if step["after"] is None:
            left.pop(str(step["key"]), None)
        else:
            left[str(step["key"])] = step["after"]
    return bool(left) and all(map(is_passing, left.values()))
