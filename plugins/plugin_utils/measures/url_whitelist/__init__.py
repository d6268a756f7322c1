# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The measure url_whitelist: requests whose path is not listed are blocked, or only counted (docs/how-to/whitelist.md).

The data goes through one file after the other: ``whitelist_variables`` checks the lists of the inventory, ``entry`` is one entry of a list,
``base_lists`` reads the built-in lists, ``measure`` renders the desired state, makes the traffic and finds the conflicts that forbid applying it.
"""
