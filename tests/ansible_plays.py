# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Plays of Ansible for tasks that a test makes itself."""

from __future__ import annotations

from types import SimpleNamespace


def linear_play() -> SimpleNamespace:
    """Return a play as ``Task.get_play`` does, with the default of Ansible."""
    return SimpleNamespace(strategy="linear")
