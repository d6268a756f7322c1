# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: what was true of a service with one weakness, at each time, by what evidence, and how sure is it?

In: trusted change records in the order of their chain, builds and other readings of today, hunts, the catalogue. Out: intervals with their state, and
the changes between them. It must not know the clock, the network, the verbs or how results are shown; it asks no appliance.
"""
