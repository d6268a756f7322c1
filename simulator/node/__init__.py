# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: what does one node have?

Running and saved configuration, sessions, files, logs, counters, clock, applied ACLs and the location files in memory.
In: configurations and requests. Out: state, decisions on packets, lines of logs. A node knows its appliance only as a Pair. This package
must not know HA operations, NITRO calls or responses.
"""
