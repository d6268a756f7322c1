# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: how do we talk to a node, and to an HA pair?

Comes in: the inventory variables of an appliance. Goes out: sessions that read and write NITRO, the role and build of each node, files on a
node. It must not know objects of NITRO, measures or changes.
"""
