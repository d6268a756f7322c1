# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The languages that customers and their users read."""

LANGUAGES = ("nl", "en")
