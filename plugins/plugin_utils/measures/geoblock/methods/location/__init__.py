# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The method location: a location file on every node, and responder policies that use it.

``location_file`` makes the text and the name of the file, ``loading`` loads it and checks what is in memory, ``resolved`` is the geoblock
by this method.
"""
