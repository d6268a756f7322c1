# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The check of the HTTP profile that a virtual server, a service or a service group names: error list, 823."""

from __future__ import annotations

from simulator.configuration.check_registry import checks
from simulator.configuration.environment import Environment
from simulator.configuration.rows import Rows
from simulator.types import Row
from simulator.types.errors import NitroError
from simulator.types.http_profiles import PROFILE


@checks("lbvserver")
@checks("csvserver")
@checks("service")
@checks("servicegroup")
def _of_http(configuration: Rows, row: Row, old: Row | None, env: Environment) -> None:
    if PROFILE in row and row["servicetype"] not in ("HTTP", "SSL"):
        raise NitroError(823)
