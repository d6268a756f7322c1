# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which mutants are tested, and by which tests."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from tests.mutants.equivalent import reason
from tests.mutants.made import Spec

ENGINE = Path("plugins") / "plugin_utils"

# CPython has one object for None, for each small number and for each short text, so both operators mean the same there.
SAME_OBJECT = ("Is_Eq", "Eq_Is", "IsNot_NotEq", "NotEq_IsNot")

LIMITS = "tests/unit/plugin_utils/test_limits.py"
FURTHER_TESTS: dict[str, tuple[str, ...]] = {
    "foundation": (),
    "policy_language": (),
    "policies": ("hand_made", "recorded_traffic"),
    "appliance": ("verb_refusals",),
    "appliance/ssh": ("hunt_by_ssh", "node_local"),
    "catalogue": ("catalogue_status",),
    "customers": (),
    "fleet": (),
    "fleet_sources": (),
    "judgement": ("verb_refusals", "false_claims"),
    "judgement/course": ("views_agree",),
    "judgement/exposure": ("views_agree",),
    "measures": ("verb_refusals",),
    "measures/appfw_log": ("appfw_log",),
    "measures/heartbeat": ("heartbeat",),
    "measures/management_log": ("management_log",),
    "measures/setting": ("settings",),
    "measures/supplied": ("supplied_policy",),
    "node_system": ("node_local",),
    "node_system/on_box": ("on_box", "own_script"),
    "recorded_traffic": ("recorded_traffic",),
    "traces": ("hunt",),
    "traces/evidence": ("taking_evidence",),
    "traces/log_reading": ("read_logs",),
    "traces/watching": ("watch",),
    "ansible": ("/action/actions", "/action/approvals", "/action/rollout"),
    "verbs/ledger": ("views_agree",),
    "verbs/pages": ("views_agree",),
    "verbs/run_report": ("views_agree",),
    "verbs/prove": ("open_facts",),
    "verbs/evidence": ("taking_evidence",),
    "appliance/nitro": ("verb_refusals",),
    "appliance/nitro/connection.py": ("verb_refusals", "partitions", "ha"),
    "appliance/nitro/directory_listing.py": ("verb_refusals", "management_log"),
    "change/records": ("lock_refusals", "signed_records", "forged_records"),
    "change/records/appliance_lock.py": ("lock_refusals", "lock", "lease"),
    "change/records/lease_files.py": ("lock_refusals", "lock", "lease"),
    "change/records/lock_content.py": ("lock_refusals", "lock", "lease"),
    "change/records/record_copies.py": ("record_copies_refusals", "signed_records"),
    "change/records/ended_sessions.py": ("end_sessions",),
    "change/approvals": (),
    "change/planning": ("change_transaction", "transaction_refusals"),
    "change/planning/unsaved_changes.py": ("change_transaction", "transaction_refusals", "false_claims"),
    "change/execution": ("change_transaction", "transaction_refusals", "geoblock_refusals"),
    "judgement/inspection": ("verb_refusals", "false_claims"),
    "judgement/inspection/configuration.py": ("verb_refusals", "false_claims", "hand_made", "drift"),
    "judgement/inspection/resulting_policies.py": ("recorded_traffic",),
    "change": ("change_transaction", "transaction_refusals"),
    "change/partition_runner.py": ("partitions", "partitions"),
    "verbs": ("verb_refusals", "transaction_refusals", "false_claims"),
    "verbs/alarm": ("verb_refusals", "transaction_refusals", "false_claims"),
    "verbs/apply": ("verb_refusals", "transaction_refusals", "false_claims"),
    "verbs/bootstrap": ("verb_refusals", "transaction_refusals", "false_claims"),
    "verbs/catalogue": ("verb_refusals", "transaction_refusals", "false_claims"),
    "verbs/deployment": ("verb_refusals", "transaction_refusals", "false_claims"),
    "verbs/end_sessions": ("verb_refusals", "transaction_refusals", "false_claims"),
    "verbs/leave": ("verb_refusals", "transaction_refusals", "false_claims"),
    "verbs/new_entry": ("verb_refusals", "transaction_refusals", "false_claims"),
    "verbs/reopen": ("verb_refusals", "transaction_refusals", "false_claims"),
    "verbs/rollback": ("verb_refusals", "transaction_refusals", "false_claims"),
    "verbs/sliced": ("verb_refusals", "transaction_refusals", "false_claims"),
    "verbs/status": ("verb_refusals", "transaction_refusals", "false_claims"),
    "verbs/deployment/deployment.py": (
        "verb_refusals",
        "transaction_refusals",
        "false_claims",
        "foresight",
        "partitions",
    ),
    "verbs/deployment/proven_run.py": ("verb_refusals", "transaction_refusals", "false_claims", "ha"),
    "verbs/status/catalogue_check.py": ("catalogue_status",),
    "verbs/status/exposure.py": ("lockdown",),
    "verbs/leave/leftovers.py": ("leave",),
    "judgement/exposure_reads/ledger_reading.py": ("lockdown",),
    "judgement/verdicts/measure_grounds.py": ("verb_refusals", "false_claims", "ha"),
    "verbs/deployment/measure_secondary.py": ("ha",),
    "verbs/deployment/per_partition.py": ("partitions",),
    "verbs/rollback/retire_proof.py": ("retire",),
    "verbs/rollback/rollback.py": ("verb_refusals", "transaction_refusals", "ha", "partitions"),
    "verbs/rollback/rollback_per_partition.py": ("partitions",),
    "verbs/rollback/rollback_planner.py": ("verb_refusals", "transaction_refusals", "ha", "partitions"),
    "verbs/rollback/rollback_proof.py": ("verb_refusals", "transaction_refusals", "ha"),
    "verbs/close": ("change/records/closures", "verb_refusals", "lockdown"),
    "judgement/verdicts": ("verb_refusals", "transaction_refusals", "false_claims"),
    "traces/alarm_state": (),
    "fleet/waves": (),
    "fleet/slices": (),
    "measures/closing": ("closing",),
    "measures/geoblock": ("geoblock_refusals", "geoblock_templates"),
    "measures/geoblock/methods/acls": ("geoblock_refusals", "geoblock_acls"),
    "measures/geoblock/methods/datasets": ("geoblock_refusals", "geoblock_datasets"),
    "measures/geoblock/methods/location": ("geoblock_location",),
    "measures/url_whitelist": ("url_whitelist_logon", "url_whitelist_places"),
}
"""The engine tests of a package, beside its unit tests and those of its own name; unit tests of another folder; with / those of a folder beside
``plugin_utils``. The longest path that fits counts."""


def modules(packages: Iterable[str]) -> list[Path]:
    """Return the modules of packages, relative to the tree."""
    return [path for package in packages for path in sorted((ENGINE / package).rglob("*.py"))]


def drawn(paths: Iterable[Path], one_in: int, seed: int) -> list[Path]:
    """Return one module in so many, drawn by the seed: to make the mutants of all takes minutes."""
    return [path for path in paths if int(hashlib.sha256(f"{seed} {path}".encode()).hexdigest(), 16) % one_in == 0]


def own_tests(module: Path) -> list[str]:
    """Return the unit tests that have the name of a module, and that of the numbers of all modules."""
    names = (f"test_{module.stem}", f"test_{module.stem}_refusals")
    return [*(str(path) for path in _beside(module) if path.stem in names), LIMITS]


def folder_tests(module: Path) -> list[str]:
    """Return the other unit tests of the folder of a module, and those of elsewhere that are named for it."""
    further = [name for name in _further(module) if not name.startswith("tests/engine")]
    beside = [str(path) for path in _beside(module)]
    return [name for name in dict.fromkeys([*beside, *further]) if name not in own_tests(module)]


def engine_tests(module: Path) -> list[str]:
    """Return the engine tests of the name of a module or its folder, and those that are named for it."""
    names = (module.stem, module.parent.name)
    named = [name for one in names for name in (test_file(one), test_file(f"{one}_refusals")) if Path(name).is_file()]
    return list(dict.fromkeys([*named, *(name for name in _further(module) if name.startswith("tests/engine"))]))


def _beside(module: Path) -> list[Path]:
    """Return the unit tests in the folder of a module, or else in the next one above it that has some."""
    folders = (Path("tests/unit/plugin_utils") / one for one in module.relative_to(ENGINE).parents if one != Path())
    return next((found for folder in folders if (found := sorted(folder.glob("test_*.py")))), [])


def _further(module: Path) -> list[str]:
    inside = module.relative_to(ENGINE)
    key = max((name for name in FURTHER_TESTS if inside.is_relative_to(name)), key=len, default="")
    return [test_file(name) for name in FURTHER_TESTS.get(key, ())]


def test_file(name: str) -> str:
    """Return the file of an engine test, or of a unit test by its folder and name; with / before it by its folder in ``tests/unit``."""
    folder, _slash, stem = name.rpartition("/")
    if folder.startswith("/"):
        return f"tests/unit{folder}/test_{stem}.py"
    return f"tests/unit/plugin_utils/{folder}/test_{stem}.py" if folder else f"tests/engine/test_{stem}.py"


def is_visible(spec: Spec) -> bool:
    """False for a mutant that no test can tell from the code.

    These are in annotations, which are never evaluated, in decorators (options of data classes, caches), at the bare star of a
    signature, and those that exchange identity for equality.
    """
    line, column = spec.start_pos
    is_bare_star = _lines(spec.module_path)[line - 1][column:].startswith(("*,", "* ,"))
    if spec.operator_name.endswith(SAME_OBJECT) or is_bare_star:
        return False
    return not any(
        first <= spec.start_pos[0] <= last for first, last in _lines_without_code(spec.module_path)
    ) and not any(start <= spec.start_pos < end for start, end in _annotations(spec.module_path))


def is_played(spec: Spec) -> bool:
    """False for a mutant that does not compile, such as one of the bare ``*`` of a signature, that cosmic-ray cannot make, or that means the same."""
    try:
        return spec.changed is not None and not reason(_source(spec.module_path), spec.changed)
    except SyntaxError:
        return False


def key_of(spec: Spec, seed: int) -> str:
    """Return a number that stays the same while the function of a mutant does, whatever else changes."""
    text = f"{seed} {spec.module_path} {spec.definition_name} {spec.operator_name} {spec.occurrence}"
    return hashlib.sha256(text.encode()).hexdigest()


def one_of_each_place(specs: Iterable[Spec], seed: int) -> list[Spec]:
    """Return one mutant of each place of the code, so that a comparison, which has seven, counts once; in the order of the sample."""
    chosen: dict[tuple[Path, tuple[int, int]], Spec] = {}
    for spec in sorted(specs, key=lambda spec: key_of(spec, seed)):
        chosen.setdefault((spec.module_path, spec.start_pos), spec)
    return list(chosen.values())


@cache
def _source(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def _lines(path: Path) -> list[str]:
    return _source(path).splitlines()


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(_source(path))


@cache
def _lines_without_code(path: Path) -> list[tuple[int, int]]:
    """Return the first and last lines of decorators."""
    return [
        (decorator.lineno, decorator.end_lineno or decorator.lineno)
        for node in ast.walk(_tree(path))
        for decorator in getattr(node, "decorator_list", [])
    ]


@cache
def _annotations(path: Path) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Return the start and the end of each annotation."""
    found = []
    for node in ast.walk(_tree(path)):
        for name in ("annotation", "returns"):
            annotation = getattr(node, name, None)
            if annotation is not None:
                start = (annotation.lineno, annotation.col_offset)
                found.append((start, (annotation.end_lineno, annotation.end_col_offset)))
    return found
