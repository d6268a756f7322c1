# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declares evidence, which takes the evidence of each appliance before anything is rebooted, upgraded or cleaned."""

from ...policies.rights import Objects, rights
from ..common.verb import Rights, Shown, Verb, Writes

VERB = Verb(
    name="evidence",
    tasks={"evidence": Shown.COLLECTED},
    reports_on_fleet=True,
    writes=Writes.OWN_FILES,
    rights=Rights(
        own=(
            *rights("show", "ns config, ns version, ha node, system file"),
            *rights("show", "ns connectiontable, system session, aaa session, vpn icaConnection, arp"),
            *rights("show", "audit messages, ns runningConfig, techsupport"),
            *rights("stat", "ns"),
            *rights("create rm", "system backup", Objects.EVIDENCE),
        )
    ),
)
