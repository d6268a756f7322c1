# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The measures of entries whose policy the vendor hands out, and whose expression the operator supplies."""
