# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declares letters, which writes a letter to each customer, a call list and the clocks of duties."""

from ..common.verb import Shown, Verb

VERB = Verb(
    name="letters",
    tasks={"letters": Shown.AS_ANSIBLE},
    report="letters_result.report",
)
