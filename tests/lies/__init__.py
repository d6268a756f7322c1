# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lies that are planted where statements are made, in a running process: do the nights of :mod:`tests.nights` notice them?"""
