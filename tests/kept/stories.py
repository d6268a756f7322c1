# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The stories whose outputs are kept: small simulated fleets, and the playbooks that are played on them in this order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simulator import Simulator
from tests.playbooks.bundles import signed_bundle
from tests.stage.fleet import box, pair, vserver
from tests.stage.played import ATTACK, CONTROL, Laboratory

NOBODY = "127.0.0.1:9"
"""An address at which nothing answers."""
CUSTOMERS = {
    "Brouwer": {"language": "nl", "contacts": [{"name": "A. Brouwer", "phone": "+31 20 555 0101", "mail": "directie@brouwer.example"}]},
    "De Wit": {"language": "en", "contacts": [{"name": "B. de Wit", "phone": "+31 20 555 0102", "mail": "directie@dewit.example"}]},
}  # fmt: skip
WHY: Mapping[str, Any] = {"reason": "the exploit is public", "who": "J. Jansen", "ticket": "CHG0044"}
SENDER = {"name": "S. Bakker", "mail": "s.bakker@example.com", "phone": "+31 20 555 0199"}
CONSENT = {"customer": "Brouwer", "state": "agreed", "how": "by telephone", "who": "A. Brouwer"}
LETTERS: Mapping[str, Any] = {
    "entries": ["cve_2019_19781"],
    "tourniquet_customers": CUSTOMERS,
    "sender": SENDER,
    "next_message": "2030-01-15T18:00:00+01:00",
}
WHITELISTS = [{"vserver": "gw", "kind": "vpn", "mode": "observe", "base": ["gateway", "storefront"]}]
Before = Callable[[Laboratory], None]


@dataclass(frozen=True)
class Play:
    """One playbook of a story.

    :ivar name: what the kept files are called; unique in its story
    :ivar verb: the playbook, without its ending
    :ivar before: what happens in the world before it
    :ivar values: extra variables; `{dir}` in a text is the directory of the story
    """

    name: str
    verb: str
    values: Mapping[str, Any] = field(default_factory=dict)
    check: bool = False
    options: tuple[str, ...] = ()
    limit: str = ""
    before: Before | None = None


@dataclass(frozen=True)
class Story:
    """A fleet with the variables of its hosts, and what is played on it.

    :ivar away: the hosts that do not answer
    """

    fleet: Mapping[str, Callable[[], dict[str, Any]]]
    plays: tuple[Play, ...]
    variables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    away: tuple[str, ...] = ()


def upgraded(laboratory: Laboratory) -> None:
    """The fixed builds are installed."""
    for host in ("gw-alone", "gw-pair"):
        laboratory.simulator.appliance(host).upgrade("13.0 47.24")


def attacked(laboratory: Laboratory) -> None:
    """Somebody asks for what is stopped, and for what is not."""
    for target in (ATTACK, CONTROL):
        laboratory.ask("gw-alone", target)


def broken_into(laboratory: Laboratory) -> None:
    """One appliance has a file that no firmware brings."""
    laboratory.simulator.appliance("gw-pair").write_file("/var/tmp/netscalerd", "x", node=1)


def a_bundle(laboratory: Laboratory) -> None:
    """A newer catalogue, signed."""
    signed_bundle(laboratory.directory, laboratory.directory, 202611281200)


def no_mitigation(**values: Any) -> dict[str, Any]:
    """Return the values of a verb that is about no entry."""
    return {"mitigation": None, "as_of": None, **values}


EMERGENCY = Story(
    {
        "gw-alone": box,
        "gw-pair": pair,
        "gw-old": lambda: box("12.1 51.14"),
        "gw-fixed": lambda: box("13.0 47.24"),
        "gw-away": box,
    },
    (
        Play("doctor", "doctor", no_mitigation()),
        Play("status", "status"),
        Play("status of the catalogue", "status", no_mitigation()),
        Play("plan", "plan", {"ticket": "CHG0042"}, options=("-v",)),
        Play("apply in check mode", "apply", {"ticket": "CHG0042"}, check=True),
        Play("apply", "apply", {"ticket": "CHG0042"}),
        Play("apply again", "apply", {"ticket": "CHG0042"}),
        Play("verify", "verify", before=attacked),
        Play("status after", "status"),
        Play("alarm", "alarm", {"alarms": "{dir}/alarms", "receiver": "none", "within": "3"}),
        Play("audit", "audit"),
        Play("ledger", "ledger", {"as_of": None, "ledgers": "{dir}/ledgers", "fail_at": 3}),
        Play("apply observe", "apply", {"mitigation_mode": "observe", **WHY}),
        Play("status observing", "status"),
        Play("apply enforce", "apply", {"ticket": "CHG0045"}),
        Play("undo in check mode", "rollback", {"why": "undo", "who": None, "reason": None}, check=True),
        Play("undo", "rollback", {"why": "undo", **WHY}),
        Play("apply before the fix", "apply", {"ticket": "CHG0046"}),
        Play("status fixed", "status", {"as_of": None}, before=upgraded),
        Play("retire in check mode", "retire", {"ticket": "CHG0047", "as_of": None}, check=True),
        Play("retire", "retire", {"ticket": "CHG0047", "as_of": None}),
        Play("end_sessions in check mode", "end_sessions", {"mitigation": "cve_2023_4966", "ticket": "CHG0050"}, check=True),
        Play("leave", "leave", no_mitigation()),
    ),
    away=("gw-away",),
)  # fmt: skip

CLOSING = Story(
    {
        "gw-alone": lambda: box(vservers=[vserver("vpn", "gw"), vserver("lb", "shop", "HTTP")]),
        "gw-pair": pair,
    },
    (
        Play("consent", "consent", {"mitigation": None, "consents": "{dir}/consents", **CONSENT}),
        Play("close in check mode", "close", {"step": "notice", "customers": ["Brouwer"], "expires": 24, "drills": "{dir}/drills", **WHY}, check=True),
        Play("close", "close", {"step": "notice", "customers": ["Brouwer"], "expires": 24, "drills": "{dir}/drills", **WHY}),
        Play("lockdown in check mode", "lockdown", {"expires": 24, "scope": "fleet", **WHY}, check=True),
        Play("lockdown", "lockdown", {"expires": 24, "scope": "fleet", **WHY}),
        Play("status closed", "status"),
        Play("ledger", "ledger", {"as_of": None, "ledgers": "{dir}/ledgers", "fail_at": 3}),
        Play("letters", "letters", {"mitigation": None, "as_of": None, "ledger": "{dir}/ledgers/ledger.json", "letters": "{dir}/letters", **LETTERS}),
        Play("reopen refused", "reopen", {"scope": "fleet", **WHY}),
        Play("reopen in check mode", "reopen", {"second": "K. de Boer", "accept_exposure": True, "scope": "fleet", **WHY}, check=True),
        Play("reopen", "reopen", {"second": "K. de Boer", "accept_exposure": True, "scope": "fleet", **WHY}),
    ),
    variables={
        "gw-alone": {"netscaler_customer": "Brouwer", "netscaler_vserver_customers": {"shop": "De Wit"}, "tourniquet_customers": CUSTOMERS},
        "gw-pair": {"netscaler_customer": "Brouwer", "tourniquet_customers": CUSTOMERS},
    },
)  # fmt: skip

MEASURES = Story(
    {"gw-alone": box, "gw-pair": pair},
    (
        Play("plan of a whitelist", "plan", no_mitigation(mitigation="url_whitelist"), options=("-v",)),
        Play("apply of a whitelist", "apply", no_mitigation(mitigation="url_whitelist", ticket="CHG0050", measure_audit_log=True)),
        Play("apply of a mitigation beside it", "apply", {"ticket": "CHG0051", "measure_audit_log": True}),
        Play("verify of the mitigation", "verify"),
        Play("verify of the whitelist", "verify", no_mitigation(mitigation="url_whitelist")),
        Play("impact", "impact", no_mitigation(mitigation="url_whitelist", fetch=["ns.log"], reports="{dir}/reports"), before=attacked),
        Play("learn", "learn", no_mitigation(mitigation="url_whitelist", fetch=["ns.log"], learnt="{dir}/learnt")),
        Play("undo of the whitelist", "rollback", no_mitigation(mitigation="url_whitelist", why="undo")),
        Play("status of the mitigation", "status"),
    ),
    variables={host: {"netscaler_whitelists": WHITELISTS} for host in ("gw-alone", "gw-pair")},
)  # fmt: skip

LOOKING = Story(
    {"gw-alone": lambda: box("14.1 73.57"), "gw-pair": pair},
    (
        Play("hunt", "hunt", no_mitigation(own_changes="{dir}/own"), before=broken_into),
        Play("read_logs", "read_logs", no_mitigation(bookmarks="{dir}/bookmarks")),
        Play("watch", "watch", no_mitigation(baselines="{dir}/baselines")),
        Play("watch again", "watch", no_mitigation(baselines="{dir}/baselines")),
        Play("watch accepts", "watch", no_mitigation(baselines="{dir}/baselines", accept="J. Jansen")),
        Play("evidence in check mode", "evidence", no_mitigation(bundles="{dir}/evidence"), check=True),
        Play("evidence", "evidence", no_mitigation(bundles="{dir}/evidence", reason="CASE0007")),
        Play("prove in check mode", "prove", no_mitigation(), check=True),
        Play("bootstrap", "bootstrap", no_mitigation()),
        Play("on_box", "on_box", no_mitigation()),
        Play("catalogue", "catalogue", no_mitigation()),
        Play("bundle", "catalogue", no_mitigation(bundle="{dir}/202611281200.tar"), before=a_bundle),
        Play("new_entry", "new_entry", no_mitigation(entry="cve_2027_1234")),
        Play("signer", "signer", no_mitigation(tourniquet_allowed_signers="{dir}/allowed_signers")),
    ),
)

STORIES: Mapping[str, Story] = {
    "emergency": EMERGENCY, "closing": CLOSING, "measures": MEASURES, "looking": LOOKING,
}  # fmt: skip
NOT_KEPT = {"sliced": "needs ansible-runner on several machines: tests/machines plays it"}
"""Playbooks of which nothing is kept, and why."""


def opened(story: Story, simulator: Simulator, directory: Path) -> Laboratory:
    """Return the laboratory of a story."""
    laboratory = Laboratory(simulator, directory, story.variables)
    for host in story.away:
        laboratory.hosts[host]["netscaler_nodes"] = [NOBODY]
    return laboratory
