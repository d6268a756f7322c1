# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""When make test leaves ansible-lint out."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests import linted


def tree(root: Path) -> Path:
    for name in ("roles/apply/tasks/main.yml", "plugins/modules/apply.py", "plugins/plugin_utils/a.py", "ansible.cfg"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return root


def test_what_it_reads_is_another_where_a_file_of_it_is(tmp_path: Path) -> None:
    before = linted.digest(tree(tmp_path))
    (tmp_path / "plugins/plugin_utils/a.py").write_text("other")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/x.yml").write_text("a: b")
    assert linted.digest(tmp_path) == before
    for name in ("roles/apply/tasks/main.yml", "plugins/modules/apply.py", "ansible.cfg"):
        (tmp_path / name).write_text("other")
        assert linted.digest(tmp_path) != before
        (tmp_path / name).write_text(name)
    assert linted.digest(tmp_path) == before
    (tmp_path / "roles/apply/tasks/more.yml").write_text("")
    assert linted.digest(tmp_path) != before


def test_all_that_it_does_not_exclude_is_read() -> None:
    """Of the tree: a folder with YAML that is neither excluded nor read would be left out unseen."""
    settings = yaml.safe_load((linted.ROOT / ".config" / "ansible-lint.yml").read_text(encoding="utf-8"))
    excluded = {one.strip("/").partition("/")[0] for one in settings["exclude_paths"]} - {"plugins", "changelogs"}
    untracked = {one.strip("/") for one in (linted.ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()}
    own = {".git", ".ci", "__pycache__", *untracked}  # .ci has no YAML
    read = {one.partition("/")[0] for one in linted.READ}
    there = {path.name for path in linted.ROOT.iterdir() if path.is_dir() or path.suffix in (".yml", ".yaml")}
    assert there - excluded - own - read == set()
    assert {one.strip("/") + "/" for one in settings["exclude_paths"]} >= {*linted.NOT_READ}


def test_it_is_left_out_by_make_test_alone_and_where_nothing_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linted, "PASSED", tmp_path / "linted.txt")
    linted.is_unchanged.cache_clear()
    monkeypatch.setenv("SPARED", "1")
    monkeypatch.delenv("ALL", raising=False)
    assert linted.left_out() == frozenset()
    linted.note()
    linted.is_unchanged.cache_clear()
    assert linted.left_out() == {linted.TEST}
    assert linted.description()
    monkeypatch.setenv("ALL", "1")
    assert linted.left_out() == frozenset()
    monkeypatch.delenv("SPARED")
    monkeypatch.delenv("ALL")
    assert linted.left_out() == frozenset()
    assert linted.description() == []
    linted.is_unchanged.cache_clear()
