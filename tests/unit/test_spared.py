# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The tests of the simulator are left out only while nothing that they look at has changed."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests import spared

PACKAGE = "ansible_collections.tourniquet.netscaler."
OURS = ("tests", "simulator", "ansible_collections")


def imported(file: Path) -> Iterator[str]:
    """Yield the paths in the repository of what a file imports, without a suffix."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (name.removeprefix(PACKAGE).replace(".", "/") for name in names if name.split(".")[0] in OURS)


def is_watched(path: str) -> bool:
    places = (place.removesuffix(".py") for place in spared.WATCHED)
    return any(path == place or path.startswith(f"{place}/") for place in places)


def test_what_a_spared_test_imports_is_watched() -> None:
    sources = [file for file in spared.files() if file.suffix == ".py"]
    read = [file for file in sources if not file.relative_to(spared.ROOT).as_posix().startswith(spared.ALWAYS)]
    unwatched = {(file.name, path) for file in read for path in imported(file) if not is_watched(path)}
    # The sample says how many are played, and all have passed.
    unwatched = {one for one in unwatched if one[1] not in ("tests/sample", "ansible_collections/tourniquet/netscaler")}
    assert len(read) > 200
    assert not unwatched


def test_what_is_always_played_exists_and_is_not_spared() -> None:
    for file in spared.ALWAYS:
        assert (spared.ROOT / file).is_file(), file
        assert not spared.is_spared(f"{file}::test_x")
    assert spared.is_spared("tests/conformance/simulator/test_bindings.py::test_x")
    assert not spared.is_spared("tests/unit/plugin_utils/test_x.py::test_x")


@pytest.mark.parametrize("change", ["changed", "added", "removed"])
def test_a_change_of_what_is_watched_changes_the_digest(change: str, tmp_path: Path) -> None:
    watched = tmp_path / "simulator" / "node.py"
    watched.parent.mkdir()
    watched.write_text("A = 1\n")
    for place in (*spared.FOLDERS, spared.POLICY_LANGUAGE):
        (tmp_path / place).mkdir(parents=True)
    for place in ("tests/played_together.py", "tests/collection.py", "requirements.lock"):
        (tmp_path / place).touch()
    before = spared.digest(tmp_path)
    if change == "changed":
        watched.write_text("A = 2\n")
    elif change == "added":
        watched.with_name("other.py").touch()
    else:
        watched.unlink()
    assert spared.digest(tmp_path) != before


TESTS = {
    "tests/conformance/test_a.py": "def test_of_the_simulator(): pass\n",
    "tests/unit/simulator/test_b.py": "def test_of_a_node(): pass\n",
    "tests/unit/test_c.py": "def test_of_ours(): pass\n",
}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of three tests that watches its own files."""
    for name, text in TESTS.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(spared, "ROOT", tmp_path)
    monkeypatch.setattr(spared, "PASSED", tmp_path / "tests" / "conformance" / "passed.yml")
    monkeypatch.setattr(spared, "WATCHED", spared.FOLDERS)
    monkeypatch.setattr(spared.digest, "__defaults__", (tmp_path,))
    return tmp_path


NO_PLUGINS = [word for name in ("cacheprovider", "terminal", "unraisableexception") for word in ("-p", f"no:{name}")]


class Seen:
    """Counts the tests that were played and those that were left out."""

    def __init__(self) -> None:
        self.played = 0
        self.left_out = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.played += report.when == "call"

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        self.left_out += len(items)


def run(
    *arguments: str, leave_out: bool = False, note: bool = False, plugins: Sequence[object] = ()
) -> tuple[int, int]:
    """Return how many tests were played, and how many left out."""
    seen = Seen()
    # Without the plug-in that looks for unraisable exceptions: it collects garbage five times, of all that the tests before have made.
    options = [*NO_PLUGINS, "--import-mode=importlib"]
    pytest.main([*options, *arguments], plugins=[spared.Spared(leave_out=leave_out, note=note), seen, *plugins])
    return seen.played, seen.left_out


@pytest.mark.usefixtures("place")
def test_only_a_whole_run_that_passes_is_noted_and_then_left_out() -> None:
    assert run("tests", leave_out=True) == (3, 0)  # nothing is noted yet
    for part in (["tests/unit"], ["tests", "-k", "node"], ["tests", "--deselect", "tests/unit/test_c.py"]):
        run(*part, note=True)
        assert not spared.PASSED.exists()
    assert run("tests", note=True) == (3, 0)
    assert spared.passed() == {spared.PYTHON: spared.digest()}
    assert run("tests", leave_out=True) == (1, 0)  # the others are not even collected


def test_a_failure_is_not_noted(place: Path) -> None:
    (place / "tests/unit/test_d.py").write_text("def test_that_fails(): assert False\n")
    assert run("tests", note=True) == (4, 0)
    assert not spared.PASSED.exists()


@pytest.mark.parametrize("python", [spared.PYTHON, "2.7"])
def test_a_change_or_another_python_plays_all(python: str, place: Path) -> None:
    spared.write({python: spared.digest()})
    assert run("tests", leave_out=True) == ((1, 0) if python == spared.PYTHON else (3, 0))
    (place / "tests/conformance/facts.yml").write_text("a: new\n")
    assert run("tests", leave_out=True) == (3, 0)


@pytest.mark.parametrize(("noted", "word"), [(spared.digest(), "not played"), ("of before", "played")])
def test_the_head_of_the_report_says_if_they_are_played(noted: str, word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spared, "passed", lambda: {spared.PYTHON: noted})
    (line,) = spared.Spared(leave_out=True, note=False).pytest_report_header()
    assert line.startswith(f"{word}: tests/conformance and tests/unit/simulator, ")
    assert spared.Spared(leave_out=False, note=False).pytest_report_header() == []


class Finds:
    """A plugin that fails a run at its end, as that of the facts does."""

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.mark.usefixtures("place")
def test_a_run_that_another_plugin_fails_is_not_noted() -> None:
    assert run("tests", note=True, plugins=[Finds()]) == (3, 0)
    assert not spared.PASSED.exists()


@pytest.mark.parametrize(
    ("environment", "leaves_out", "notes"),
    [({"SPARED": "1"}, True, False), ({"ALL": "1", "SPARED": "1"}, False, True), ({}, False, False)],
)
def test_the_environment_asks_for_it(
    environment: dict[str, str], leaves_out: bool, notes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SPARED", "ALL"):
        monkeypatch.setenv(name, environment.get(name, ""))
    made = spared.from_environment()
    assert (made._leave_out, made._note) == (leaves_out, notes)
