# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An earlier name of :mod:`tests.stage.played`."""

from tests.stage.fleet import *  # noqa: F403
from tests.stage.played import *  # noqa: F403
