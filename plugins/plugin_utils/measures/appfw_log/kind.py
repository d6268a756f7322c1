# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declares the deny URLs of the application firewall that only log. Values only."""

from __future__ import annotations

from ..kind import Kind

ID = "appfw_log"
VARIABLE = "netscaler_appfw_log"

KINDS = (Kind(id=ID, loader=".appfw_log.measure:load_appfw_log", variable=VARIABLE),)
