# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: what do the shell and the programs of a node's operating system do?

In: a text in the language of sh, the file tree of a node, its clock, processes and sockets. Out: bytes of both outputs, an exit status,
changed files. Everything is computed here: no program is started, no file of the real machine is opened.
This package must not know NITRO calls, HTTP or SSH.
"""
