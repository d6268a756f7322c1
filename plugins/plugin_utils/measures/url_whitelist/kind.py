# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declares the URL whitelist. Values only."""

from ...catalogue.closing_steps import LadderStep
from ...catalogue.entry import Level
from ...catalogue.measure_traits import FREE, Traits, Writing
from ...foundation.next_action import MITIGATION, Command, advice
from ...policies.rights import BINDINGS, RESPONDER_POLICIES, WHOSE_HITS, Objects, Use, rights
from ..hit_meaning import HitMeaning
from ..kind import Kind

ID = "url_whitelist"
VARIABLE = "netscaler_whitelists"
LEARNT_LIST = "netscaler_whitelist_"
"""The beginning of the name of each variable in which learn.yml writes a list; :data:`VARIABLE` combines them."""
TRAITS = Traits(
    writing=Writing(
        set_types=("policypatset",),
        setting_types=("auditsyslogparams",),
        priority_variable=f"{VARIABLE}: [{{..., priority: {FREE}}}]",
    )
)
_READS = rights("show", "policy patset")

KINDS = (
    Kind(
        id=ID,
        place=2,
        loader=".url_whitelist.measure:load_url_whitelist",
        variable=VARIABLE,
        traits=TRAITS,
        learnt_prefix=LEARNT_LIST,
        step=LadderStep.PATHS,
        named="URL whitelists",
        rights={
            Use.PLANS: _READS,
            Use.PROVES: (*_READS, *WHOSE_HITS),
            Use.CHANGES: (
                *_READS,
                *WHOSE_HITS,
                *RESPONDER_POLICIES,
                *rights("add set rm", "responder action", Objects.OURS),
                *rights("add rm bind unbind", "policy patset", Objects.OURS),
                *BINDINGS,
            ),
        },
        in_doctor="apply of a whitelist",
        hits=HitMeaning(
            Level.REVIEW,
            " whose URL the whitelist does not hold",
            "the whitelist lists what the application needs, so a page that is missing in it matches like a scan",
            "an attack: browsers, bots and new pages of the application ask for such URLs too",
            advice(
                "run impact.yml, which names the URLs and the clients where ns.log has them, and add what the application needs to the list; where it says "
                '"cannot tell", set measure_audit_log: true and run apply.yml, and the log has the next ones',
                Command("impact", ((MITIGATION, ID), ("fetch", "ns.log"))),
                Command("apply", ((MITIGATION, ID), ("measure_audit_log", "true"))),
            ),
        ),
    ),
)
