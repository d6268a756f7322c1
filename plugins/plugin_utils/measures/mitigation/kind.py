# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declares the measures of entries with a template. Values only."""

from __future__ import annotations

from ...catalogue.entry import MeasureForm
from ..kind import Kind

KINDS = (Kind(id="mitigation", form=MeasureForm.TEMPLATE),)
