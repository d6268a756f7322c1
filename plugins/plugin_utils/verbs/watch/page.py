# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What people and programs see of the watch of a fleet."""

from __future__ import annotations

from ..pages.findings_page import findings_page
from ..pages.fleet_page import ALERTS, FleetReport, fail_at

REPORT = FleetReport("integrity_watch_result", {**ALERTS, **fail_at()}, findings_page)
