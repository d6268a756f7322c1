# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Check of the Receptor of this machine, a controller or an execution node: what its configuration file leaves open, and its keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from ...foundation.bounded_file import read_bounded
from ...foundation.errors import InvalidInput
from .check_result import CheckResult, Severity
from .receptor_file import MOST_BYTES, ReceptorFile, read_receptor_file
from .receptor_key_files import key_file_findings
from .receptor_links import CHECK, client_findings, link_findings
from .receptor_work import work_findings

DEFAULT = Path("/etc/receptor/receptor.conf")
MOST_NAMED, LONGEST_NAME = 10, 60


def receptor_findings(given: Path | None, keepalives: Mapping[str, int]) -> list[CheckResult]:
    """Return the findings about the configuration of Receptor; none where no file was given and this machine has none.

    :param given: the file that the operator names
    :param keepalives: of each execution node of the inventory, by its name in the mesh
    """
    path = given or DEFAULT
    try:
        file = read_receptor_file(read_bounded(path, MOST_BYTES))
    except FileNotFoundError:
        if given is None:
            return []
        return [
            CheckResult(
                Severity.ERROR, CHECK, f"{path} does not exist", "name the file: -e receptor_configuration=FILE"
            )
        ]
    except InvalidInput as error:
        return [CheckResult(Severity.NOT_CHECKED, CHECK, f"{path}: {error}", "run doctor.yml as the user of Receptor")]
    return _findings(path, file, keepalives)


def _findings(path: Path, file: ReceptorFile, keepalives: Mapping[str, int]) -> list[CheckResult]:
    name = file.one("node").get("id", "")
    open_ = [
        *link_findings(file),
        *client_findings(file),
        *work_findings(file, keepalives.get(name)),
        *_unknown(file),
        *key_file_findings(file, datetime.now(UTC)),
    ]
    return open_ or [CheckResult(Severity.OK, CHECK, f"{path}: nothing is open at {name}")]


def _unknown(file: ReceptorFile) -> Iterator[CheckResult]:
    if file.unknown:
        more = f" and {len(file.unknown) - MOST_NAMED} more" if len(file.unknown) > MOST_NAMED else ""
        names = ", ".join(name[:LONGEST_NAME] for name in file.unknown[:MOST_NAMED])
        fix = "read in the documentation of Receptor what they open, or remove them"
        yield CheckResult(Severity.NOT_CHECKED, CHECK, f"not known, so not looked at: {names}{more}", fix)
