# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The verb hunt: it looks for the traces that attackers leave, by the indicators of the catalogue."""
