# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declares doctor, which checks control node, inventory and appliances before the first use."""

from ..common.verb import Rights, Shown, Verb

VERB = Verb(
    name="doctor",
    tasks={"doctor": Shown.COLLECTED},
    reports_on_fleet=True,
    rights=Rights(own=(), partitions=False),  # besides what it tries: see needed_rights
)
