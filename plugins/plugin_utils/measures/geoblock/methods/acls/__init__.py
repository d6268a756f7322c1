# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The method acls: extended ACLs with the virtual servers as destinations.

``acl_forms`` reads the template, ``acl`` makes the ACLs and their priorities, ``acl_plan`` the stages in which they go in, ``order``
compares them with the ACLs of others, ``problems`` says what forbids them, ``resolved`` is the geoblock by this method.
"""
