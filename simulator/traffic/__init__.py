# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: what does a virtual server answer to a request?

In: a request, and the node that serves it. Out: the response of a responder policy, of the log-on, of the web server or of a back
end. This package must not know NITRO calls.
"""
