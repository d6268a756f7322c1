# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: from when to when was an appliance exposed to a weakness, what shows it, and may it be opened again?

In: the change records in the order of their chain, the entries of the catalogue, the builds of today, the result of a hunt. Out: a row for each
customer and entry, in which each date has its source, and an answer to the question. It must not know the clock; it asks no appliance.
"""
