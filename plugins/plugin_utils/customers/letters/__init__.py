# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What does a customer have to know, in words that a director reads?

In: the facts of one customer, each with its source and TLP label, and the letters before. Out: letters in Dutch and English as text, HTML and mail,
a call list, the clocks of duties. It must not know NITRO or Ansible; it sends nothing.
"""
