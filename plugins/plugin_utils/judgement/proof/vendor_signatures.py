# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an appliance shows of the signatures that the vendor delivers, and what a verdict says of them: no more than was read. Pure.

The encrypted version of the default signatures is that of the Global Deny List (vendor, on CVE-2026-88779), which NetScaler Console delivers; no
source has its age. The automatic updates of ``appfwsettings`` are those of the application firewall.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ...appliance.nitro.names import DEFAULT
from ...catalogue.entry import VendorList
from ...catalogue.predicates import Configuration, Row

_SETS, _SETTINGS, _BINDINGS = "appfwsignatures", "appfwsettings", "denylistglobal_binding"
SIGNATURE_TYPES = frozenset({_SETS, _SETTINGS, _BINDINGS})
_DEFAULT_SET = "*Default Signatures"
_LONGEST = 5000
"""The characters of the text of one set that are read."""
_NEXT_SET = re.compile(r"\n\d{1,4}\)\s")
_NUMBER = re.compile(r"\d{1,6}")
_NAME = "the vendor's Global Deny List"


@dataclass(frozen=True)
class VendorSignatures:
    """What was read of the signatures that the vendor delivers.

    :ivar list_version: of the Global Deny List; 0 where the default signatures are shown without one, None where they are not shown
    :ivar firewall_version: of the signatures of the application firewall; None where it is not shown
    :ivar updates: whether these are updated automatically, ON or OFF; "" where it is not shown
    :ivar is_bound: bindings of the list are shown
    """

    list_version: int | None = None
    firewall_version: int | None = None
    updates: str = ""
    is_bound: bool = False

    @property
    def rests_on(self) -> tuple[str, ...]:
        """Return what was read, in words; nothing where nothing was."""
        parts = (self._of_the_list(), self._of_the_firewall())
        said = "; ".join(part for part in parts if part)
        return (f"the vendor's signatures: {said}",) if said else ()

    def _of_the_list(self) -> str:
        version = [f"version {self.list_version}"] if self.list_version else []
        bound = ["bound"] if self.is_bound else []
        return f"Global Deny List {', '.join(version + bound)}" if version or bound else ""

    def _of_the_firewall(self) -> str:
        if self.firewall_version is None:
            return f"automatic updates of those of the application firewall {self.updates}" if self.updates else ""
        updates = f", automatic updates {self.updates}" if self.updates else ""
        return f"application firewall version {self.firewall_version}{updates}"


def read_signatures(configuration: Configuration) -> VendorSignatures:
    """Return what the default partition shows of the vendor's signatures."""
    shown = _default_set(_rows(configuration, _SETS))
    settings = next(iter(_rows(configuration, _SETTINGS)), {})
    updates = settings.get("signatureautoupdate", "").upper()
    return VendorSignatures(
        list_version=None if shown is None else _number(shown.get("encryptedversion", "")) or 0,
        firewall_version=None if shown is None else _number(shown.get("baseversion", "")),
        updates=updates if updates in ("ON", "OFF") else "",
        is_bound=bool(_rows(configuration, _BINDINGS)),
    )


def clause(vendor_list: VendorList, shown: VendorSignatures, *, is_one_of_several: bool) -> str:
    """Return what is said beside a weakness that is open, and that the list may stop on this build.

    :param is_one_of_several: the appliance has another node, of whose list nothing was read
    """
    version, where = shown.list_version, "on the node that was asked" if is_one_of_several else "here"
    if version is None:
        return f"; {_NAME} may block this: its version and age are not known here"
    if version == 0:
        return f"; {_NAME} may block this, but no version of it is shown {where}"
    if version < vendor_list.version:
        return f"; {_NAME} blocks this from version {vendor_list.version} on, and version {version} is {where}"
    return f"; {_NAME} may block this: version {version} is {where}, its age is not known"


def _rows(configuration: Configuration, nitro_type: str) -> tuple[Row, ...]:
    found = configuration.rows(nitro_type, DEFAULT)
    return found if isinstance(found, tuple) else ()


def _default_set(rows: Iterable[Row]) -> Mapping[str, str] | None:
    """Return the default signatures of rows, or of the text of ``show appfw signatures``; None where they are not shown."""
    for row in rows:
        if row.get("name") == _DEFAULT_SET:
            return row
        _before, found, after = row.get("response", "").partition(f'Name: "{_DEFAULT_SET}"')
        if found:
            return _of_text(_NEXT_SET.split(after[:_LONGEST], maxsplit=1)[0])
    return None


def _of_text(shown: str) -> Mapping[str, str] | None:
    _before, found, after = shown.partition("Base Version: ")
    if not found:
        return None  # this is not the form that is known
    _before, _found, encrypted = shown.partition("Encrypted Version: ")
    return {"baseversion": after, "encryptedversion": encrypted}


def _number(shown: str) -> int | None:
    """Return the number in quotation marks, or alone, at the beginning of a text."""
    quoted = shown.removeprefix('"')
    found = _NUMBER.match(quoted)
    if found is None:
        return None
    rest = quoted[found.end() : found.end() + 1]
    ends = rest == '"' if quoted != shown else not rest or rest.isspace()
    return int(found[0]) if ends else None
