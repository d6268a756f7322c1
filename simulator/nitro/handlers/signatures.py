# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""appfwsignatures: NITRO reference (response); its text as two public programs read it. denylistglobal_binding: metadata of 13.1 and 14.1.

The text is that of `show appfw signatures` (github.com/grega-zoubek/WAF-helper: 14.1 73.33 of September 2026, base version 175, encrypted version
20). The encrypted version is that of the Global Deny List; without a number there is none on the appliance (vendor, on CVE-2026-88779).
"""

from __future__ import annotations

import time
from typing import Any

from simulator.nitro.call import Call
from simulator.nitro.handlers.registry import reads
from simulator.node.builds import build_time
from simulator.types import Row
from simulator.types.errors import NitroError

_BASE_VERSION = "175"
_SETS = (
    ("default_signatures.xml", "*Default Signatures", 2879756),
    ("xpath_injection_patterns.xml", "*Xpath Injection Patterns", 4096),
)
_LABELS = ("HTTP_REQUEST", "AAA_REQUEST", "AAATM_REQUEST")


@reads("appfwsignatures")
def _signatures(call: Call) -> Any:
    """Return one object with a text, or rows."""
    version = call.appliance.spec.deny_list_version
    if call.appliance.switches["appfw_signatures_answer"] == "rows":
        return [
            {"name": name, "src": url, **({"encryptedversion": version} if version and index == 0 else {})}
            for index, (url, name, _size) in enumerate(_SETS)
        ]
    made = time.asctime(time.gmtime(build_time(call.appliance)))  # the form of the date is not documented
    lines = []
    for index, (url, name, size) in enumerate(_SETS):
        encrypted = f'\tEncrypted Version: "{version}"' if version and index == 0 else ""
        lines.append(f'{index + 1})\tUrl: {url}\tName: "{name}"')
        lines.append(f"\tCreation Date: {made}")
        lines.append(f'\tBase Version: "{_BASE_VERSION}"\tSize: {size} bytes{encrypted}')
    lines.append("Total signatures Size: 0 bytes")
    return {"response": "\n".join(lines)}


@reads("denylistglobal_binding")
def _deny_list(call: Call) -> Any:
    """Return a row for each label to which the list is bound. No source has more of a row than its type."""
    if call.appliance.switches["deny_list_binding"] == "absent":
        raise NitroError(1232, "denylistglobal_binding")
    for name in call.args:
        if name != "type":
            raise NitroError(1090, name)
    wanted = call.args.get("type")
    if wanted is not None and wanted not in _LABELS:
        raise NitroError(1097, "type", wanted)
    rows: list[Row] = [{"type": label} for label in _LABELS if wanted in (None, label)]
    return rows if call.appliance.spec.deny_list_version else []
