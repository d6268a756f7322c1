# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The measure appfw_log: deny URLs of the application firewall that log and count, and block nothing (docs/how-to/notice.md)."""
