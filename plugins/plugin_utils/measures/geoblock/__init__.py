# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The measure geoblock: clients are blocked by the address that they come from (docs/how-to/geoblocking.md).

The data goes through one file after the other::

    geoblock_variables   what the inventory asks for in geoblock_*
    country_data/        country data and policy -> a compiled set, once for the fleet
    appliance_facts      what the appliance has that matters; protected_addresses: who must get through
    method_choice        the method, and why: location, datasets or acls
    current_block        the geoblock of ours that is in place, to compare with
    templates, forms     the templates, and the forms of objects that are filled row by row
    methods/             the desired state by each method
    resolved             what all methods have in common: problems, remarks, facts
    measure              the measure as the rest of the code sees it
"""
