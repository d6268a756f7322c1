# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The engine. By this file programs that read the sources take its folder ``ansible`` for a part of it, and not for Ansible itself."""
