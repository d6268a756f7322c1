# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Makes a program for Python 2 run on Python 3 by a mechanical translation that is the same for all programs.

`python python2.py PACKAGE...` (in the environment of the third-party clients): fissix rewrites the sources of installed packages in
place, with tabs as Python 2 reads them. `import python2` before the program: urllib accepts text as a body, as in Python 2.
"""

from __future__ import annotations

import sys
import urllib.request
from importlib.util import find_spec
from pathlib import Path


class _Request(urllib.request.Request):
    def __init__(self, url: str, data: bytes | str | None = None, *others: object, **more: object) -> None:
        super().__init__(url, data.encode() if isinstance(data, str) else data, *others, **more)  # type: ignore[arg-type]


urllib.request.Request = _Request  # type: ignore[misc]


def translate(package: str) -> None:
    """Rewrite all modules of an installed package."""
    from fissix.refactor import RefactoringTool, get_fixers_from_package

    tool = RefactoringTool(get_fixers_from_package("fissix.fixes"))
    places = find_spec(package)
    assert places is not None
    assert places.submodule_search_locations
    for place in places.submodule_search_locations:
        for path in sorted(Path(place).rglob("*.py")):
            text = path.read_text(encoding="utf-8").expandtabs(8)
            path.write_text(str(tool.refactor_string(text.rstrip() + "\n", str(path))), encoding="utf-8")


if __name__ == "__main__":
    for name in sys.argv[1:]:
        translate(name)
