# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The verb learn: it learns URL whitelists from the requests in logs, for a person to review."""
