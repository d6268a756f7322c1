# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: what is in one configuration, and which changes does it accept?

In: a change in NITRO's names, and the Environment, which is the appliance as a configuration needs it. Out: changed rows, or a
NitroError. The text of ns.conf is written from a configuration and read into one. This package must not know nodes, sessions or HTTP.
"""
