# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declares consent, which adds what a customer was advised or has answered to the register of consent."""

from ..common.verb import Shown, Verb

VERB = Verb(
    name="consent",
    tasks={"consent": Shown.AS_ANSIBLE},
    report="consent_result.report",
)
