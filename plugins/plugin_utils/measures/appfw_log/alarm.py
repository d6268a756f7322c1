# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The alarm of the measure appfw_log: the policy of the application firewall, the violations of its profile, and the line of a deny URL. Reads only.

A violation is counted by the statistics of the profile (Go SDK, stat appfwprofile), and logged as ``APPFW_DENYURL`` with the URL, as native and as CEF
line (samples in public parsers of these logs). No log action writes it, so the setting for user-defined audit logs does not matter.
"""

from __future__ import annotations

from ...appliance.nitro.rows import whole
from ...appliance.nitro.session import Row, Session
from ...change.planning.state_reader import read_place
from ...foundation.errors import NitroError, NotFound, NotShown
from ...foundation.next_action import MITIGATION, Command, advice
from ..alarm import GLOBAL, NOWHERE, Alarm, OwnCounters, OwnWay
from .kind import FEATURE, ID, NAME, POLICY, PROFILE
from .measure import BINDING, PLACE

COUNTER = f"{PROFILE} {NAME}"
"""What counts its violations, as a log action counts those of a responder policy."""
WORDS = "APPFW_DENYURL"
LEVEL = "INFORMATIONAL"
"""The level of the lines of a violation (samples in public parsers of these logs)."""


_APPLY = Command("apply", ((MITIGATION, ID),))
WAY = OwnWay(
    feature=FEATURE,
    policy_type=POLICY,
    if_off="Enable it",
    no_hit=advice(
        "a responder policy, or another policy of the application firewall, took it; or the build. Run status.yml",
        Command("status", ((MITIGATION, ID),)),
    ),
    not_counted="the profile counts no violation",
    why_not_counted=advice("denyURLAction without stats, or a deny URL is gone. Run apply.yml again", _APPLY),
    no_line=advice(
        "denyURLAction without log, or the log is full, was rotated or is elsewhere. Run apply.yml again", _APPLY
    ),
)


def read_alarm(session: Session) -> Alarm | None:
    """Return the alarm of the policy of ours, without its request; None where there is none.

    :raises NitroError: where the bindings cannot be read
    """
    try:
        rows = session.read(POLICY)
    except (NotFound, NotShown):  # none, or the feature is off
        return None
    except NitroError:
        why = "whether there is one is not known (allow the user: show appfw policy)"
        return Alarm(ID, GLOBAL, (NAME,), {}, untested=why, is_gap=False, way=WAY)
    if not any(row.get("name") == NAME for row in rows):
        return None
    bound = any(row.get("policyname") == NAME for row in read_place(session, BINDING, PLACE))
    untested = "" if bound else advice(f"{NAME} is not bound, so nothing evaluates it. Run apply.yml", _APPLY)
    return Alarm(ID, GLOBAL if bound else NOWHERE, (NAME,), {COUNTER: WORDS}, untested=untested, way=WAY)


def read_counters(session: Session) -> OwnCounters:
    """Return the counters, with two requests.

    :raises NitroError: where they cannot be read
    """
    return OwnCounters(
        _counts(session.read(POLICY, area="stat"), NAME, "pipolicyhits"),
        _counts(session.read(PROFILE, area="stat"), COUNTER, "appfirewallvioldenyurlperprofile"),
        {COUNTER: LEVEL},
    )


def _counts(rows: list[Row], name: str, attribute: str) -> dict[str, int]:
    """Return the counter of ours under a name; none where it is not shown."""
    count = next((whole(row.get(attribute)) for row in rows if row.get("name") == NAME), None)
    return {} if count is None else {name: count}
