# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The directory of our small files on a node, and the largest file that NITRO takes (see :mod:`.node_files`)."""

LARGEST = 2 * 1024 * 1024  # bytes
DIRECTORY = "/var/tmp"  # noqa: S108 -- the appliance's, not ours
