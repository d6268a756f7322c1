# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: what is an object of NITRO, and what is the change of one?

Comes in: attributes in NITRO's names, lines of ns.conf. Goes out: types with their keys and defaults, steps with their requests and their
inverse, lines of ns.conf. It must not know measures or changes; it sends nothing.
"""
