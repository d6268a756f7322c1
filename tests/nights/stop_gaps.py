# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A stop-gap in a night: its runs, and what the bulletin and the witness hold against each word on its weakness.

By the bulletin the fixed build alone ends this weakness. The witness sends the request that was published, which the rule is to stop; what else reaches
the weakness nobody knows, so no view may say that it is over because of the rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Mode
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.facts import FactKind
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import CannotConnect, Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status.run import CatalogueStatus

from tests.engine import told
from tests.engine.views import desired_of, options_of
from tests.stage.client import ask
from tests.stage.memory import CATALOGUE, Stage

if TYPE_CHECKING:
    from tests.nights.night import Night

ID = "cve_2023_4966"
FOLDER = CATALOGUE.parent / ID
WORD = "reduces exposure, not by the vendor"
LATER = date(2099, 1, 1)
"""The day of the catalogue, whatever the clock of the night says: it has to have this entry."""
PATH, HOST = "/oauth/idp/.well-known/openid-configuration", "a" * 800
"""The published request: a Host that is longer than any name (Assetnote, 23 October 2023)."""
FIXED = {"14.1": (8, 50), "13.1": (49, 15), "13.0": (92, 19)}
"""The first builds with the fix, by train: bulletin CTX579459."""
CLOSED = ("closed", "closed, decision overdue")
NOT_KNOWN = ("unknown", "partly")
OPEN = (WORD, "exposed", "observe, not blocking", "ineffective on this build", "blocked, unexplained", "drifted")
"""The words of a weakness that is there, each with exit code 2."""


def is_fixed(build: str) -> bool:
    """Return whether a build has the fix, by the bulletin."""
    train, number = build.split(" ")
    return train in FIXED and tuple(map(int, number.split("."))) >= FIXED[train]


def _stage(night: Night, appliance: str, by: str) -> Stage:
    """Return the same control node with the entry of the stop-gap."""
    operator = night.nodes[by][appliance]
    stage = Stage(night.simulator, operator.records, appliance, FOLDER)
    stage.trust, stage.run, stage.variables = operator.trust, operator.run, operator.variables
    return stage


def stop_gap(night: Night, appliance: str, by: str) -> str:
    result = _stage(night, appliance, by).apply_all(version=1, as_of=LATER, stop_gap=True)
    return f"{result.verdict.word} {result.failed}"


def stop_gap_counts(night: Night, appliance: str, by: str) -> str:
    who = {"who": night.nodes[by][appliance].who, "reason": "it stops the portal"}
    result = _stage(night, appliance, by).apply_all(version=1, as_of=LATER, stop_gap=True, mode=Mode.OBSERVE, **who)
    return f"{result.verdict.word} {result.failed}"


def stop_gap_verify(night: Night, appliance: str, by: str) -> str:
    return str(_stage(night, appliance, by).status_all(version=1, as_of=LATER, probes="few").verdict.word)


def stop_gap_off(night: Night, appliance: str, by: str) -> str:
    _stage(night, appliance, by).rollback_all(who=night.nodes[by][appliance].who)
    return "undone"


EVENTS: Mapping[str, Callable[[Night, str, str], str]] = {
    one.__name__: one for one in (stop_gap, stop_gap_counts, stop_gap_verify, stop_gap_off)
}
"""The actions that only nights have which are written, not drawn."""


def wrong_gaps(night: Night, by: str) -> Iterator[str]:
    """Yield what is said of the weakness of the stop-gap and not so."""
    for appliance in night.appliances:
        builds = night.world.builds[appliance]
        for why in _wrong(night, _stage(night, appliance, by), is_open=not all(map(is_fixed, builds))):
            yield f"{ID} at {appliance}: {why}"


def _wrong(night: Night, stage: Stage, *, is_open: bool) -> Iterator[str]:
    try:
        row = _row_of_status(stage)
    except (CannotConnect, Refused):
        row = {"word": "unknown", "exit_code": 3}  # a status fails, and says no word
    word, code = row["word"], row["exit_code"]
    if is_open and word not in (*OPEN, *CLOSED, *NOT_KNOWN):
        yield f"no build has the fix, and the status says {word}"
    if word in OPEN and code != 2:
        yield f"the status says {word} with exit code {code}"
    if word == WORD and (passing := [*_passed(night, stage)]):
        yield f"the status says {word}, and the published request passes at {', '.join(passing)}"
    found = told.read(stage, ID, as_of=LATER)
    course = found.row(ID)["course"]
    by_rule = [
        one["state"] for one in course if one["protects"] and one["state"] not in ("fixed", "not affected", "closed")
    ]
    if by_rule:
        yield f"the ledger says that the exposure was over by {by_rule[0]}"
    if is_open and word not in CLOSED and course[-1]["protects"]:
        yield f"no build has the fix, and the ledger ends with {course[-1]['state']}"
    kinds = [fact.kind for fact in found.facts.facts if fact.until is None]
    if (
        is_open
        and word not in CLOSED
        and not {FactKind.EXPOSED, FactKind.PROTECTION_ENDED, FactKind.NOT_KNOWN} & {*kinds}
    ):
        yield "the weakness is there, and the letter says of no exposure that it goes on"
    if FactKind.PROVEN in kinds:
        yield "the letter says that the measure is proven to stop the attack"


def _row_of_status(stage: Stage) -> Mapping[str, Any]:
    options = {**options_of(stage), "mitigation": "", "as_of": "", "catalogue": str(CATALOGUE.parent)}
    options["desired"] = {**options["desired"], ID: desired_of(stage, FOLDER)}
    values = CatalogueStatus(stage.appliance, options, check_mode=True, is_preview=True).values()
    row: Mapping[str, Any] = next(one for one in values["entries"] if one["id"] == ID)
    return row


def _passed(night: Night, stage: Stage) -> Iterator[str]:
    """Yield the Gateways at which the published request reaches the code of the appliance."""
    gateways = [one for one in night.simulator.ready["appliances"][stage.name]["vservers"] if one["type"] == "vpn"]
    with night.world.without_trace():
        answers = [ask(one, PATH, headers={"Host": HOST}).status for one in gateways]
    yield from (str(one["name"]) for one, status in zip(gateways, answers, strict=True) if status not in (None, 403))
