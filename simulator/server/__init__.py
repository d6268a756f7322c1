# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How does a fleet run?

In: a loaded fleet file. Out: listening addresses that hand requests to NITRO and to virtual servers, the control endpoint, the request
log and the ready file. Everything else of the simulator stands below.
"""
