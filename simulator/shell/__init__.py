# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: what does a node answer over SSH?

In: connections of asyncssh, lines of the NetScaler CLI. Out: its answers, the shell of the operating system, files.
This package must not know HTTP. asyncssh is imported by the modules that serve SSH, and those only where a fleet has an `ssh_port`.
"""
