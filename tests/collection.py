# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Imported first, finds the collection for a program that neither pytest nor Ansible starts."""

import sys
from pathlib import Path

try:
    import ansible_collections.tourniquet.netscaler  # noqa: F401
except ImportError:
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / ".collections"))
