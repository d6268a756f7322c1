# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an appliance is exposed to once it is open: critical and unknown verdicts are named, and the worst one counts."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.builds import Build
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.verdict_table import (
    VERDICTS,
    Verdict,
    VerdictWord,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status.exposure import (
    DesiredVersion,
    Exposure,
    ExposureCheck,
)

CATALOGUE = Path(__file__).parents[5] / "templates" / "mitigations"
OWN = "cve_2019_19781"


def verdict(word: VerdictWord, reason: str) -> Verdict:
    meaning = VERDICTS[word]
    return Verdict(meaning.word, reason, meaning.next_action, meaning.exit_code)


EXPOSED, UNKNOWN = verdict(VerdictWord.EXPOSED, "no policy"), verdict(VerdictWord.UNKNOWN, "no right")
FIXED, UNSAVED = verdict(VerdictWord.FIXED, "has the fix"), verdict(VerdictWord.NOT_SAVED, "is not saved")


@pytest.mark.parametrize(
    ("verdicts", "texts", "unread"),
    [
        ({"a": FIXED}, (), ()),
        ({"a": UNSAVED}, (), ()),
        ({"a": EXPOSED}, ("a: exposed (no policy)",), ()),
        ({"": UNKNOWN}, (), ("unknown: no right",)),
        ({"a": FIXED, "b": EXPOSED, "c": UNKNOWN}, ("b: exposed (no policy)",), ("c: unknown (no right)",)),
        ({"a": UNSAVED, "b": FIXED}, (), ()),
    ],
)
def test_critical_and_unknown_verdicts_are_named(
    verdicts: dict[str, Verdict], texts: tuple[str, ...], unread: tuple[str, ...]
) -> None:
    found = Exposure(verdicts)
    assert (found.texts, found.unread) == (texts, unread)


def check(build: str, tmp_path: Path, desired: DesiredVersion | None = None, catalogue: Path = CATALOGUE) -> Exposure:
    """Check one node, of which nothing but the build is read."""
    found = Build.parse(build)
    node = SimpleNamespace(build=found, address=SimpleNamespace(host="n1"), problem="")
    connection: Any = SimpleNamespace(build=found, nodes=[node], other_nodes=(), missing_nodes=())
    appliance: Any = SimpleNamespace(name="gw")
    texts = {} if desired is None else {OWN: desired}
    return ExposureCheck(appliance, catalogue, tmp_path, "run", texts).find(connection)


@pytest.mark.parametrize(
    ("build", "word", "reason"),
    [
        ("13.0 47.24", VerdictWord.FIXED, "13.0 47.24 has the fix"),
        ("14.1 8.50", VerdictWord.NOT_AFFECTED, "14.1 8.50 was never affected"),
    ],
)
def test_a_build_that_needs_no_mitigation_needs_no_desired_state(
    tmp_path: Path, build: str, word: VerdictWord, reason: str
) -> None:
    found = check(build, tmp_path).verdicts[OWN]
    assert (found.word, found.reason) == (word, reason)


@pytest.mark.parametrize(
    ("desired", "reason"),
    [
        (None, "its desired state was not rendered"),
        (DesiredVersion(2), "its desired state was not rendered"),
        (DesiredVersion(2, "x: 1", "a variable is missing"), "a variable is missing"),
    ],
)
def test_without_a_desired_state_the_verdict_is_unknown(
    tmp_path: Path, desired: DesiredVersion | None, reason: str
) -> None:
    found = check("13.0 47.22", tmp_path, desired).verdicts[OWN]
    assert (found.word, found.reason) == (VerdictWord.UNKNOWN, reason)


def test_an_empty_catalogue_judges_nothing(tmp_path: Path) -> None:
    found = check("13.0 47.24", tmp_path, catalogue=tmp_path)
    assert found.unread == (f"unknown: the catalogue {tmp_path} has no mitigation to judge it by",)
