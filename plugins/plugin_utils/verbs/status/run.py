# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Judges one appliance by a measure, or by the whole catalogue."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...appliance.nitro.builds import Build
from ...appliance.nitro.connection import Connection
from ...catalogue.entry import Surface, upgrades_by
from ...catalogue.entry_file import load_catalogue
from ...catalogue.measure import Mode
from ...catalogue.planned_fix import read_planned_fix
from ...catalogue.run_parameters import Probes
from ...catalogue.upgrade import require_published
from ...change.records.untrusted_records import sign_accepted
from ...foundation.errors import InvalidInput
from ...foundation.json_values import json_values
from ...judgement.exposure.hunt_word import hunt_word, with_hunt
from ...judgement.exposure_reads.ledger_reading import read_hunt
from ...judgement.proof.verdict import verdict_on_good_build
from ...judgement.proof.verdict_table import CLOSED_WORDS, VerdictWord
from ...judgement.verdicts.removal_conditions import GOOD_BUILDS
from ..common.closures import read_closures, with_closures
from ..common.protection_losses import LOST, losses_of, losses_of_one, with_losses
from ..common.result import Result
from ..common.task import Task, apply_parameters
from ..deployment.per_partition import PartitionedDeployment, PartitionedResult
from ..pages.catalogue_report import catalogue_result
from ..pages.change_result import ChangeResult
from ..pages.closed_report import OF_THE_MEASURE
from ..pages.partition_report import measure_result
from ..pages.preview_parts import headline
from ..pages.result_parts import appliance_of, requests_of
from .check_options import check_of


class Status(Task):
    """Read the appliance, and send probes if the options say so. Nothing is ever written to the appliance."""

    def run(self) -> Result:
        parameters = apply_parameters(
            self.appliance, self.options, probes=Probes(self.options["probes"]), is_preview=True
        )
        if not self.check_mode:
            sign_accepted(parameters.records, self.appliance.name, parameters.trust)
        probes = parameters.probes != Probes.NONE  # they change the counters in between
        with (
            Connection(self.appliance) as connection,
            contextlib.nullcontext() if probes else connection.cached_reads(),
        ):
            result = PartitionedDeployment(connection, parameters).status()
            closures = read_closures(self, parameters.trust, connection)
            lost = losses_of_one(connection, parameters, self.options["catalogue"], result, closures)
        found = with_losses(replace(measure_result(result, connection), kept=None), lost)
        found = with_closures(self, _with_the_fix(found, result, connection.build), closures.rows)
        verdict = found.own["verdict"]
        told = f"{verdict['word']}: {verdict['reason']}. Next action: {verdict['next_action']}"
        is_rollout = bool(self.options["plans"])
        failed = is_failed(verdict, parameters.mode, fail_at=self.options["fail_at"], is_rollout=is_rollout)
        failed = failed or (is_rollout and any(one.proof_is_lost for one in result.partitions.values()))
        return found.ended(told, told if failed else "")


def is_failed(verdict: Mapping[str, Any], mode: Mode, *, fail_at: int, is_rollout: bool) -> bool:
    """Return True for a verdict with which a status fails. A rollout that was told to observe, or to bring in a stop-gap, is not stopped because it does.

    :param fail_at: the lowest exit code of a verdict that is a failure
    """
    word = verdict["word"]
    is_asked_for = word == VerdictWord.STOP_GAP or (mode is Mode.OBSERVE and word == VerdictWord.NOT_BLOCKING)
    return verdict["exit_code"] >= fail_at and not (is_rollout and is_asked_for)


def _with_the_fix(found: ChangeResult, result: PartitionedResult, build: Build) -> ChangeResult:
    """Return a result with the verdict on its builds too, where all is closed and they need no measure: closed does not say that they have the fix."""
    parts = [*result.partitions.values()]
    if result.verdict.word not in CLOSED_WORDS or any(part.facts.build_status not in GOOD_BUILDS for part in parts):
        return found
    verdict = verdict_on_good_build(build, parts[0].facts.parameters.measure)
    return replace(found, own={**found.own, OF_THE_MEASURE: json_values(verdict)})


class CatalogueStatus(Task):
    """Read the appliance, and judge it by every entry of the catalogue, or by one that has no measure.

    Nothing is ever written to the appliance, and no probe is sent.
    """

    def run(self) -> Result:
        options, directory = self.options, Path(self.options["catalogue"]).expanduser()
        named = options["mitigation"]
        if options["probes"] != Probes.NONE:
            what = f"{named} has no measure that they could prove" if named else "name it, -e mitigation=..."
            raise InvalidInput(f"probes are requests of one mitigation: {what}")
        read_planned_fix(self.appliance.name, options["planned_fix"], "")  # refused before anything is sent
        catalogue = load_catalogue(directory)
        entries = tuple(entry for entry in catalogue if named in ("", entry.id))
        more = {"upgrades": upgrades_by(catalogue), "planned_fix": options["planned_fix"]}
        check = check_of(self.appliance, options, directory, entries, options["desired"], **more)
        for entry in check.entries if named else ():
            require_published(entry.fixed_builds(), check.day)
        if not self.check_mode:
            sign_accepted(check.records, self.appliance.name, check.trust)
        traces = options["traces"] or ""
        evidence = read_hunt(traces, self.appliance.name)
        with Connection(self.appliance) as connection, connection.cached_reads():
            found, debts, last_runs, lost, judged = check.look(connection)
            closures = read_closures(self, check.trust, connection)
            others = [one for one in found.entries if one.entry.id not in judged]
            bare = {one.entry.id for one in others if one.verdict.exit_code or one.entry.surface is Surface.BACK_ENDS}
            losses = losses_of(connection, check.known, judged, closures.records, check.as_of, closures.seen, bare)
        hunted = hunt_word(evidence, found.entries, check.as_of)
        found = with_hunt(found, hunted) if traces else found
        own = {
            **({"hunt": json_values(hunted)} if traces else {}),
            "debt": debts,
            LOST: lost,
            **{id_: last for id_, last in last_runs.items() if last.at},
            "appliance": appliance_of(connection),
            "requests": requests_of(connection, 0),
        }
        result = catalogue_result(
            found.verdict, found.entries, headline(connection), check.known, check.as_of, own, check.edited
        )
        result = with_closures(self, with_losses(result, losses), closures.rows)
        failed = result.own["verdict"]["exit_code"] >= options["fail_at"]
        return result.ended(result.msg, result.msg if failed else "")


TASK = Status
