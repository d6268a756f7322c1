# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The method datasets: policy data sets, and responder policies that use them. The sources of ACLs are data sets too.

``data_set_forms`` reads the template, ``data_sets`` lays out a compiled set in data sets, ``refresh`` changes those on an appliance
without a gap, ``resolved`` is the geoblock by this method.
"""
