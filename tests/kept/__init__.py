# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What each verb prints and asks today, kept as files: a program plays the stories again and compares.

Code that is moved afterwards is held against these files. A difference is accepted with a reason, which stands in `differences.yml`.
"""
