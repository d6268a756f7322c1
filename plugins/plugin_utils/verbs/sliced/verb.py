# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declares sliced, which carries out one verb over several machines."""

from ..common.verb import Shown, Verb, Writes

VERB = Verb(
    name="sliced",
    tasks={"sliced": Shown.AS_ANSIBLE, "slice_records": Shown.AS_ANSIBLE},
    takes_results=True,
    role="rollout",
    writes=Writes.CONFIGURATION,
)
