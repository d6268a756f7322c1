# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declares the measures of the steps partners and notice, which exist for closing alone. Values only."""

from __future__ import annotations

from ..kind import Kind

KINDS = (
    Kind(id="closing_partners", loader=".closing.measure:load_partners"),
    Kind(id="closing_notice", loader=".closing.measure:load_notice"),
)
