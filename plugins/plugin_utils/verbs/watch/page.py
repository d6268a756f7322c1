# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What people and programs see of the watch of a fleet."""

from ..common.option_files import page_options
from ..pages.findings_page import findings_page
from ..pages.fleet_page import FleetReport

REPORT = FleetReport("integrity_watch_result", page_options("watch"), findings_page)
