# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The verb lockdown: a name of close with the step off, which disables virtual servers."""
