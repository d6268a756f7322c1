# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: what is in the files of one node, and what of them could not be read?

In: a session with the node. Out: listings, the content of files as it came and unpacked, and what is not seen with its reason. It must not know how a
trace is found or Ansible; it writes nothing on an appliance.
"""
