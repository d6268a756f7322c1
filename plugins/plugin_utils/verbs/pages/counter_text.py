# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A hit counter in words. Pure."""

from __future__ import annotations

from ...foundation.counted import counted

IN_DOUBT = "hits_in_doubt"
"""The key of a result with the hits that may be our own, by policy; it is there where there are any."""


def counter_text(hits: int, of_probes: int, *, all_known: bool = True) -> str:
    """Return a hit counter in words, with the hits of our own probes apart.

    :param all_known: every note of our probes is here, and of no request of ours it is open whether it was counted; otherwise the other hits may be ours too
    """
    if not all_known and hits > of_probes:
        ours = f", {of_probes} by our probes" if of_probes else ""
        return f"{counted(hits - of_probes, 'hit')} of unknown origin{ours}"
    return (
        f"{counted(hits - of_probes, 'hit')} by others, {of_probes} by our probes"
        if of_probes
        else counted(hits, "hit")
    )
