# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lies are told as quickly as nights are played."""

from __future__ import annotations

from tests.nights.conftest import _quick

__all__ = ["_quick"]
