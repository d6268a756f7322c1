# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names of the language that this engine does not evaluate: they are not typing errors.

Sources: the reserved words and built-in named expressions of the vendor's converter NSPEPI, the NetScaler policy guide
9.2, the vendor CLI reference 12.0, and public configurations.
"""

ROOTS = frozenset(
    {
        "AAA",
        "ANALYTICS",
        "CLIENT",
        "CONNECTION",
        "DIAMETER",
        "DNS",
        "EXTEND",
        "HTTP",
        "ICA",
        "ICAP",
        "MSSQL",
        "MYSQL",
        "ORACLE",
        "RADIUS",
        "S",
        "Q",
        "SERVER",
        "SIP",
        "SMPP",
        "SUBSCRIBER",
        "SYS",
        "TARGET",
        "TEXT",
        "URL",
        "VPN",
        "TRUE",
        "FALSE",
        "RE",
        "XP",
        "CE",
    }
)

BUILT_IN_EXPRESSIONS = frozenset({"IS_VPN_URL", "IS_AOSERVICE", "NS_MSIE_ADV", "NS_URL_TOKENS_ADV"})
"""The built-in named expressions of NetScaler, whose definitions are not published; NS_EXT_..._ADV belong to them too."""

FUNCTIONS = frozenset(
    {
        "ATTRIBUTE",
        "CLIENT_CERT",
        "CLIENT_HELLO",
        "DECRYPT",
        "DIGEST",
        "ENCRYPT",
        "GET5",
        "GET6",
        "GET_URLSET_METADATA",
        "HASH",
        "MATCHES",
        "STATE",
        "THROUGHPUT",
        "XPATH",
        "XPATH_JSON",
    }
)

FUNCTION_BEGINNINGS = ("AFTER_", "BEFORE_", "SUBSTR_", "TYPECAST_")

PREFIXES = frozenset(
    {
        "AAA.LOGIN",
        "AAA.USER",
        "CLIENT.CONNECTIONS",
        "CLIENT.ETHER",
        "CLIENT.INTERFACE",
        "CLIENT.SSL",
        "CLIENT.TCP",
        "CLIENT.UDP",
        "CLIENT.VLAN",
        "HTTP.REQ.CACHE_CONTROL",
        "HTTP.REQ.DATE",
        "HTTP.REQ.LB_VSERVER",
        "HTTP.REQ.TXID",
        "HTTP.RES",
        "SYS.EVAL_CLASSIC_EXPR",
        "SYS.HTTP",
        "SYS.HTTP_CALLOUT",
        "SYS.VSERVER",
    }
)
"""Each name stands for everything that can follow it."""
