# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declares the geoblock. Values only."""

from ...catalogue.closing_steps import LadderStep
from ...catalogue.entry import Level
from ...catalogue.measure_traits import FREE, ProvenBy, Proving, Traits, Writing
from ...foundation.collection_version import PROJECT
from ...foundation.state_directory import is_installed, state_directory
from ...policies.rights import BINDINGS, RESPONDER_POLICIES, Objects, Use, rights
from ..hit_meaning import HitMeaning
from ..kind import Kind

ID = "geoblock"
DIRECTORY = "/var/netscaler/locdb"
"""That of location files on a node."""
TRAITS = Traits(
    writing=Writing(
        set_types=("policydataset", "policyexpression", "locationfile", "locationfile6", "nsacl", "nsacl6"),
        setting_types=("locationparameter", "auditsyslogparams"),
        file_directory=DIRECTORY,
        priority_variable=f"geoblock_priority: {FREE}",
    ),
    proving=Proving(by=ProvenBy.HITS, judges_requests=False),
)
_READS = (
    *rights("show", "audit syslogAction, authentication ldapAction, authentication radiusAction, dns nameServer"),
    *rights("show", "ntp server, route, server, ns ip, ns ip6, ns acl, ns acl6"),
    *rights("show", "locationFile, locationFile6, locationParameter, policy dataset, policy expression"),
    *rights("show", "system file", Objects.OURS),
)

KINDS = (
    Kind(
        id=ID,
        place=3,
        loader=".geoblock.measure:load_geoblock",
        prefix="geoblock_",
        traits=TRAITS,
        defaults={"cache": str((state_directory() if is_installed(PROJECT) else PROJECT) / "cache")},
        step=LadderStep.COUNTRIES,
        named="geoblocking",
        rights={
            **dict.fromkeys((Use.PLANS, Use.PROVES), _READS),
            Use.CHANGES: (
                *_READS,
                *RESPONDER_POLICIES,
                *rights("add rm", "responder action", Objects.OURS),
                *rights("add set rm", "policy expression", Objects.OURS),
                *rights("add rm bind unbind", "policy dataset", Objects.OURS),
                *rights("add rm", "ns acl, ns acl6", Objects.OURS),
                *rights("add rm", "system file", Objects.OURS),
                *rights("add", "locationFile, locationFile6", Objects.LOCATION_DATA),
                *rights("rm", "locationFile, locationFile6"),
                *rights("set unset", "locationParameter"),
                *rights("apply", "ns acls, ns acls6"),
                *BINDINGS,
            ),
        },
        hits=HitMeaning(
            Level.REVIEW,
            " from countries or networks that the geoblock stops",
            "the geoblock judges the address of a client, and not what it asks for",
            "an attack: users on their way and scanners of any kind count too",
            "nothing, unless users complain",
        ),
        not_tested="the policies of a geoblock match requests from other countries, which cannot be sent from here",
    ),
)
