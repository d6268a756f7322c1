# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The measure management_log: syslog servers of the operator get the logs of the shell, of the web server and of the management (docs/how-to/notice.md)."""
