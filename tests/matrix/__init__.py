# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Environments with each Python and ansible-core that is supported, in which the installed collection plays a night."""
