# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: how do the nodes of an appliance work together?

In: a specification of the fleet file; changes, saves, failovers, reboots. Out: one node or an HA pair whose state follows.
This package must not know NITRO calls or HTTP.
"""
