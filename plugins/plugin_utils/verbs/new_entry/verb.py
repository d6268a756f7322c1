# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declares new_entry, which makes an entry of your own of the catalogue, or checks the one that is there."""

from ..common.verb import Shown, Verb

VERB = Verb(
    name="new_entry",
    tasks={"new_entry": Shown.COLLECTED},
    report="new_entry_result.report",
)
