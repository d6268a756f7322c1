# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files that an appliance writes by itself, made when files are read."""

from __future__ import annotations

from simulator.configuration import nsconf_writer
from simulator.node import logs
from simulator.node.node import Node


def refresh(node: Node) -> None:
    """Carry out what cron has done by now, write the pending log lines, and write ns.conf as of the last save."""
    node.catch_up()
    logs.flush(node)
    for place in (node, *node.partitions.values()):
        text = _saved_text(place)
        # Partitions have theirs under /nsconfig/partitions (command reference, save ns config; collection issue 326).
        path = f"/nsconfig/partitions/{place.partition}/ns.conf" if place.parent else "/nsconfig/ns.conf"
        if path not in node.files or node.files[path].content != text:
            node.write_file(path, text)
            node.files[path].modified = place.saved_at


def _saved_text(place: Node) -> bytes:
    """Return the text of ns.conf as of the last save. It is kept, since each read of a file needs it."""
    own = None if place.parent else place.saved_own
    made_from = place.appliance.build, place.saved.version, repr(own)
    kept = place.saved_text
    if kept is None or kept[0] is not place.saved or kept[1] != made_from:
        text = nsconf_writer.text(place.appliance.build, place.saved, own).encode("utf-8", "replace")
        kept = place.saved_text = (place.saved, made_from, text)
    return kept[2]
