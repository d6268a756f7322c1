# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The verb retire: it removes a mitigation that is no longer needed: every node has the fix."""
