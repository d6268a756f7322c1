# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: how does a fleet run?

In: a loaded fleet file. Out: listening addresses that pass requests to NITRO and to virtual servers, the control endpoint, the request
log and the ready file. All other packages are below this one; no package but the entry points imports it.
"""
