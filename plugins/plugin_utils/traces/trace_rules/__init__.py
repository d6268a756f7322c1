# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which level has one file or one line of a node, whoever reads it?

:mod:`.line_levels` and :mod:`.compiled_indicators` judge lines, :mod:`.watched_directories` says what a directory holds; hunt, watch and read_logs ask them.
"""
