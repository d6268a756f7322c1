# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: how does a constant script run in the shell of a node, and what did it print?

In: the address of a node, an account with its password or key, the public host keys that the inventory names, and a script that is a constant of
this project. Out: the lines and bytes between the marks of one run. It must not know NITRO, measures or changes.
"""
