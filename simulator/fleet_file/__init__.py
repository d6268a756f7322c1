# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: what does the fleet file state?

In: YAML or a mapping of the same shape. Out: frozen specifications of appliances, with the positions of their switches and their
faults. A mistake raises FleetError with its place. This package must not know a running appliance.
"""
