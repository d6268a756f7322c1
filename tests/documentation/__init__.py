# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The pages for people: the site that is made of them, their pictures, and the commands that they show."""
