# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report in the text format of Prometheus, for the textfile collector of node_exporter. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from ...judgement.proof.verdict_table import VERDICTS
from .content import NO_VERDICT, STATES, Report, word_of
from .open_addresses import open_addresses

Sample = tuple[dict[str, str], float]
# By metric, its help. All are gauges.
METRICS = {
    "tourniquet_appliances": "Appliances by verdict.",
    "tourniquet_appliances_by_result": "Appliances by what became of them in the run.",
    "tourniquet_appliance_verdict_code": "The verdict of an appliance: 0 ok, 1 warning, 2 critical, 3 unknown.",
    "tourniquet_appliance_acknowledged": "1 where somebody acknowledged the verdict.",
    "tourniquet_management_addresses_not_covered": "Management addresses at which the weakness is reached and nothing is shown to stop it.",
    "tourniquet_run_timestamp_seconds": "The end of the run.",
    "tourniquet_run_duration_seconds": "The duration of the run.",
    "tourniquet_catalogue_newest_fact_timestamp_seconds": "The date of the newest fact that the verdicts take into account.",
}


def metrics(report: Report) -> str:
    """Return the metrics of a run."""
    samples = _samples(report)
    lines = []
    for name, text in METRICS.items():
        lines += [f"# HELP {name} {text}", f"# TYPE {name} gauge"]
        lines += [f"{name}{_labels(labels)} {value:.15g}" for labels, value in samples[name]]
    return "".join(f"{line}\n" for line in lines)


def _samples(report: Report) -> Mapping[str, list[Sample]]:
    appliances = report["appliances"]
    words = Counter(word_of(one) for one in appliances)
    playbook = {"playbook": str(report["playbook"])}
    newest = report["catalogue"]["newest_fact"]
    ended = datetime.fromisoformat(report["finished"]).timestamp()
    return {
        "tourniquet_appliances": [({"verdict": word}, words[word]) for word in (*VERDICTS, NO_VERDICT)],
        "tourniquet_appliances_by_result": [({"result": state}, report["totals"][state]) for state in STATES],
        "tourniquet_appliance_verdict_code": [
            ({**_whose(one), "verdict": word_of(one), "result": one["state"]}, one["exit_code"]) for one in appliances
        ],
        "tourniquet_appliance_acknowledged": [(_whose(one), bool(one["acknowledged"])) for one in appliances],
        "tourniquet_management_addresses_not_covered": [
            (_whose(one), len(open_addresses(one))) for one in appliances if one["verdict"]
        ],
        "tourniquet_run_timestamp_seconds": [(playbook, ended)],
        "tourniquet_run_duration_seconds": [(playbook, report["seconds"])],
        "tourniquet_catalogue_newest_fact_timestamp_seconds": [(playbook, _midnight(newest))] if newest else [],
    }


def _whose(one: Report) -> dict[str, str]:
    return {"appliance": one["host"], "customer": one["customer"]}


def _labels(labels: Mapping[str, str]) -> str:
    return "{" + ",".join(_escaped(labels)) + "}"


def _escaped(labels: Mapping[str, str]) -> Iterator[str]:
    """Yield labels with values that are escaped by the rules of the format: backslash, quote and line feed."""
    for name, value in labels.items():
        text = str(value).replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
        yield f'{name}="{text}"'


def _midnight(day: str) -> float:
    return datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()
