# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The measure geoblock: what the package ``geo`` compiled is brought onto an appliance, in one of three ways.

The way of the data, one file a step::

    settings.py      what the inventory asks for                           Settings.from_variables(geoblock_*)
    look.py          what an appliance has of all that matters             look_at(connection, owner, settings)
    protected.py     who must get through: read from the appliance         read_protected(connection, ...)
    way.py           which way is taken, and why                           choose(settings, look, ...)
    by_location.py   a: a location file and rules that ask it              desired(...)
    by_datasets.py   b: data sets and rules that ask them                  desired(...)
    by_acls.py       c: extended ACLs, with expiring copies first          desired(...)
    acl_problems.py  what forbids c: the order of all ACLs                 problems(...)
    rules.py         the policies of a and b, from the template            policies(...)
    measure.py       all of it as a measure                                load_geoblock(...)
"""
