# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Check of the files that a configuration of Receptor names: who may use its keys, and until when its certificates are valid."""

from __future__ import annotations

import contextlib
import shlex
import stat
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from ...foundation.bounded_file import read_bounded
from ...foundation.errors import InvalidInput
from .check_result import CheckResult, Severity
from .receptor_file import ReceptorFile
from .receptor_links import CHECK

with contextlib.suppress(ImportError):  # a library that is missing is a finding of its own
    from cryptography import x509

SOON = timedelta(days=30)
MOST_BYTES = 1024 * 1024
_KEYS = (("tls-server", "key"), ("tls-client", "key"), ("work-signing", "privatekey"))
_CERTIFICATES = (("tls-server", "cert"), ("tls-client", "cert"), ("tls-server", "clientcas"), ("tls-client", "rootcas"))
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def key_file_findings(file: ReceptorFile, now: datetime) -> list[CheckResult]:
    """Return the findings about the files that a configuration names."""
    return [
        *(finding for path in _paths(file, _KEYS) for finding in _key(path)),
        *(finding for path in _paths(file, _CERTIFICATES) for finding in _certificate(path, now)),
    ]


def _paths(file: ReceptorFile, names: tuple[tuple[str, str], ...]) -> list[Path]:
    found = (values.get(key) for directive, key in names for _name, values in file.all(directive))
    return [Path(path) for path in dict.fromkeys(found) if path]


def _key(path: Path) -> Iterator[CheckResult]:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except (OSError, ValueError) as error:
        yield _unseen(path, getattr(error, "strerror", None) or str(error))
        return
    if mode & _OTHERS:
        what = f"{path}: others may use the key (mode {mode:04o})"
        yield CheckResult(Severity.ERROR, CHECK, what, f"chmod 600 {shlex.quote(str(path))}")


def _certificate(path: Path, now: datetime) -> Iterator[CheckResult]:
    try:
        every = x509.load_pem_x509_certificates(read_bounded(path, MOST_BYTES).encode())
    except (OSError, ValueError, NameError, InvalidInput) as error:
        yield _unseen(path, getattr(error, "strerror", None) or str(error))
        return
    ends = max(one.not_valid_after_utc for one in every)  # of a bundle with the next CA, the next one counts
    if ends <= now:
        yield CheckResult(
            Severity.ERROR, CHECK, f"{path} has expired on {ends:%Y-%m-%d}: nothing is reached with it", _RENEW
        )
    elif ends - now <= SOON:
        yield CheckResult(Severity.WARNING, CHECK, f"{path} expires on {ends:%Y-%m-%d}", _RENEW)


_RENEW = "make a new certificate: examples/receptor/make-keys.sh"


def _unseen(path: Path, why: str) -> CheckResult:
    fix = "run doctor.yml on the machine of this Receptor, as its user"
    return CheckResult(Severity.NOT_CHECKED, CHECK, f"{path} cannot be looked at ({why})", fix)
