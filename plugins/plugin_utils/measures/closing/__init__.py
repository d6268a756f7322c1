# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: what shall be at a virtual server that is closed by a step of the ladder that no other measure has: partners or notice?

In: the virtual servers to close, the networks of the partners or the texts of the page. Out: a Measure with one policy for each bind point of each
virtual server. It must not know the verbs: they decide who is in scope and whose decision it is.
"""
