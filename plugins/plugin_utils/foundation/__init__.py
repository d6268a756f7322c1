# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: what does every package need that knows nothing of NetScaler?

Comes in: paths, text and plain values. Goes out: error types, files that are written as a whole, dataclasses as JSON, cached results,
text without control characters. It must not know NITRO, measures or Ansible.
"""

from .compiled_code import keep_compiled_code

keep_compiled_code(__name__.rpartition(".")[0], __spec__.loader)
