# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The verb plan: it shows what an apply would change; it is the check mode of apply."""
