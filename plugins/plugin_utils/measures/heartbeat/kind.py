# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declares the heartbeat. Values only."""

from ...change.records.heartbeat_line import ID
from ..hit_meaning import EXPECTED
from ..kind import Kind

KINDS = (Kind(id=ID, loader=".heartbeat.measure:load_heartbeat", is_heartbeat=True, hits=EXPECTED),)
