# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Country data: from files and a policy to a compiled set, once for the fleet. It asks no appliance.

The data goes through one file after the other::

    policy          the requested countries, networks and exceptions; countries: the codes
    source          the files, and the requirements on them
    compiler        all that follows, once for the fleet
      download      https files into the cache, verified
      file_reader   plain text, gzip and zip; the date of the data
      formats/      lines -> rows (version, first, last, code, line)
      selection     the rows of the wanted countries, checked
    compiled        the result: labelled rows and spans, by family
    lockout_check   the protected addresses that the set would block
    gaps            what the set does not cover, in sentences
    preview         the set in words and numbers, and the consent to a change

A span is a pair of integers, the first and the last address. Spans of a family are sorted, and neither overlap nor touch.
"""
