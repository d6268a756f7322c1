# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One controller and two execution nodes: by pipes in ``make test``, by a Receptor mesh over network namespaces in ``make test-all``."""
