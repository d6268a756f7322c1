# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The requests by which an appliance is managed: policies that block one of them would lock us out.

Global policies are evaluated for management traffic too if the vendor's knob ``skip_systemaccess_policyeval`` is 0 (CTX267679), so
these requests must pass every global bank.
"""

from __future__ import annotations

from ..catalogue.traffic import CaseSession, TrafficCase

_NITRO = "/nitro/v1/config/"
_REQUESTS = (
    ("POST", _NITRO + "login"),
    ("POST", _NITRO + "logout"),
    ("GET", _NITRO + "nsversion"),
    ("GET", _NITRO + "responderglobal_responderpolicy_binding?args=type:REQ_OVERRIDE"),
    ("GET", _NITRO + "systemfile/rc.netscaler?args=filelocation:%2Fnsconfig"),
    ("DELETE", _NITRO + "responderpolicy/tq_example"),
    ("POST", _NITRO + "nsfeature?action=disable"),
    ("POST", _NITRO + "nsconfig?action=save"),
    ("GET", "/nitro/v1/stat/responderpolicy"),
    # The GUI of the management address, and its logon.
    ("GET", "/"),
    ("GET", "/menu/neo"),
    ("POST", "/login/do_login"),
    ("GET", "/gui/js/login.js"),
    ("GET", "/admin_ui/mas/ent/login.html"),
)

MANAGEMENT_PATHS = ("/nitro/", "/menu/", "/gui/", "/admin_ui/", "/login/do_login")
"""The beginnings of the paths of NITRO and of the GUI, by the requests above. No page of a Gateway or of an AAA server begins so."""

MANAGEMENT_REQUESTS = tuple(
    TrafficCase(id=f"management-{number}", attack=False, method=method, url=url, session=CaseSession.WITHOUT)
    for number, (method, url) in enumerate(_REQUESTS, 1)
)


def is_management_path(url: str) -> bool:
    """Return True if a request target is certainly one of NITRO or the GUI: one with an escape or a dot segment may lead elsewhere."""
    path = url.partition("?")[0]
    return path.startswith(MANAGEMENT_PATHS) and "%" not in path and "/." not in path and "//" not in path
