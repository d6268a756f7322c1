# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The page of a fleet: a verb puts the results of all appliances together in the function ``make`` of its ``page.py``. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from ...traces.findings.finding import Examination
from ...traces.findings.finding_json import UNREADABLE, examination_of
from ..common.options import Options
from ..registry import page_of

Values = Mapping[str, Any]
ALERTS = "alerts"
"""The option of a page whose findings people are told of."""
_OTHER = "another appliance"


@dataclass(frozen=True)
class FleetRun:
    """What a page is made of.

    :ivar results: by appliance, what the task on it has registered; empty where it has no result
    :ivar options: those of the page, checked
    :ivar facts: what :attr:`FleetReport.facts` has read
    :ivar examined: the results of a verb that looks for traces, with the acknowledgements of the inventory
    :ivar not_told: the problems with alerts, as sentences
    """

    results: Mapping[str, Values]
    options: Values
    facts: Any = None
    examined: Sequence[Examination] = ()
    not_told: Sequence[str] = ()


@dataclass(frozen=True)
class FleetPage:
    """What people and programs see of a fleet.

    :ivar lines: for people; the totals are the last one
    :ivar appliances: the values of each one
    :ivar must_fail: the run is to fail
    :ivar more: the values that only this verb has
    """

    lines: Sequence[str]
    appliances: Values
    exit_code: int
    must_fail: bool
    more: Values = field(default_factory=dict)

    def values(self) -> dict[str, Any]:
        """Return the page as JSON values."""
        own = {
            "lines": list(self.lines),
            "appliances": dict(self.appliances),
            "exit_code": int(self.exit_code),
            "must_fail": self.must_fail,
        }
        return {**own, **self.more}


@dataclass(frozen=True)
class FleetFiles:
    """The files that a page writes where they are asked for.

    :ivar option: the one that names their directory
    :ivar result: the name of their list among the values
    :ivar write: writes them, from the directory, the values of the page and its options, and returns their names
    """

    option: str
    result: str
    write: Callable[[Path, Values, Values], list[str]]


@dataclass(frozen=True)
class FleetReport:
    """How a verb puts the results of all appliances together.

    :ivar registered: the variable in which the role registers the result of each appliance
    :ivar options: those of the page
    :ivar make: makes the page
    :ivar facts: reads what the page needs besides the results, from its options and the variables of the host on which it runs
    :ivar checks_names: names in the inventory that are nearly ours are refused
    """

    registered: str
    options: Options
    make: Callable[[FleetRun], FleetPage]
    facts: Callable[[Values, Values], Any] = lambda _options, _variables: None
    files: FleetFiles | None = None
    checks_names: bool = True


def fleet_report(verb: str) -> FleetReport:
    """Return how a verb reports on a fleet; its page is imported only now.

    :param verb: one whose declaration says that it does
    """
    return cast(FleetReport, page_of(verb).REPORT)


def page_of_readable(report: FleetReport, run: FleetRun) -> FleetPage:
    """Return the page of a run. A result of a form that no task of ours returns would keep those of all others away: it counts as none, which is a gap."""
    try:
        return report.make(run)
    except Exception:  # noqa: BLE001 - whatever a made-up value causes; what it was not is raised again below
        return report.make(_without(run, [host for host in run.results if not _can_be_shown(report, run, host)]))


def _can_be_shown(report: FleetReport, run: FleetRun, host: str) -> bool:
    """Return True if a page can be made of a result, alone and beside an appliance without one: where all is well a page says less."""
    examined = [one for one in run.examined if one.appliance == host]
    beside = [examination_of(_OTHER, {})] if examined else []
    alone = replace(run, results={host: run.results[host]}, examined=examined)
    try:
        report.make(alone)
        report.make(replace(alone, results={**alone.results, _OTHER: {}}, examined=[*examined, *beside]))
    except Exception:  # noqa: BLE001 - see above
        return False
    return True


def _without(run: FleetRun, hosts: Collection[str]) -> FleetRun:
    nothing = {"msg": UNREADABLE}
    examined = [examination_of(one.appliance, nothing) if one.appliance in hosts else one for one in run.examined]
    return replace(run, results={**run.results, **dict.fromkeys(hosts, nothing)}, examined=examined)
