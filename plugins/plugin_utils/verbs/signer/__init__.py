# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The verb signer: it puts the public key of this control node into the list of allowed signers."""
