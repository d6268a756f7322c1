# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declares rollout, which decides about the waves of the verbs that are rolled out; a part of their playbooks."""

from ..common.verb import Shown, Verb

VERB = Verb(
    name="rollout",
    tasks={"rollout": Shown.WAVES, "bake": Shown.ONCE, "end_run": Shown.AS_ANSIBLE},
    takes_results=True,
    is_playbook=False,
)
