# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The option that says of what a closing or an opening is, and its one word. An old Python reads it too, so it imports nothing."""

from __future__ import annotations

SCOPE, FLEET = "scope", "fleet"
