# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What does one node have?

Running and saved configuration, sessions, files, logs, counters, clock, the ACLs in force and the location files in memory.
In: configurations and requests. Out: state, decisions on packets, lines of logs. Of its appliance a node knows only the Pair
protocol. This package must not know HA operations, NITRO calls or responses.
"""
