# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: what does NITRO answer to a call?

In: a request line, headers and a body at a management address. Out: a reply of NITRO, and changes of the appliance. Types that the table
describes completely need no code here; the others have a handler. This package must not know sockets.
"""
