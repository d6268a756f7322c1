# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: which objects of NITRO does an appliance have now, and how are they used?

In: a session with a node. Out: virtual servers, their use, counts of sessions, hit counters. It must not know measures or changes; it writes nothing
on an appliance.
"""
