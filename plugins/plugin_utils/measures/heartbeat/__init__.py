# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The measure heartbeat: a policy that is bound nowhere shows that a change reaches an appliance (docs/how-to/monitoring.md)."""
