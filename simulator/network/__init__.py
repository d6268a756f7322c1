# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: how does a socket carry HTTP and TLS?

In: sockets and bytes. Out: requests as they arrived, and responses as bytes; certificates for the listening addresses.
This package must not know NITRO, appliances or the fleet file.
"""
