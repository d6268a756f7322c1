# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declares signer, which puts the public key of this control node into the list of allowed signers."""

from ..common.verb import Shown, Verb

VERB = Verb(
    name="signer",
    tasks={"signer": Shown.AS_ANSIBLE},
)
