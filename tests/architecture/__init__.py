# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The import graph of the source tree, the floors that docs/explanation/architecture.md states, and the picture that is drawn from both."""

import simulator  # noqa: F401 -- makes the collection importable in a clone
