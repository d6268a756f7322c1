# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The grammar of advanced policy expressions, as they are in NITRO, and in ns.conf after the CLI quoting is removed.

Sources: the vendor's converter NSPEPI (its lexers for policy expressions), the vendor CLI reference 12.0, the
operators page of NetScaler 11, NetScaler policy guide 9.2 p. 64 and p. 110. Levels of `*`, `<<`, `==` and the bitwise
operators are those of C; ALT is always parenthesised by the vendor.
"""

GRAMMAR = r"""
?start: alternative

?alternative: disjunction
    | alternative ALT disjunction           -> binary
?disjunction: conjunction
    | disjunction OR conjunction            -> binary
?conjunction: bit_or
    | conjunction AND bit_or                -> binary
?bit_or: bit_xor
    | bit_or BIT_OR bit_xor                 -> binary
?bit_xor: bit_and
    | bit_xor BIT_XOR bit_and               -> binary
?bit_and: equality
    | bit_and BIT_AND equality              -> binary
?equality: comparison
    | equality EQUALITY comparison          -> binary
?comparison: shift
    | comparison COMPARISON shift           -> binary
?shift: sum
    | shift SHIFT sum                       -> binary
?sum: product
    | sum (PLUS | MINUS) product            -> binary
?product: unary
    | product PRODUCT unary                 -> binary
?unary: chain
    | NOT unary                             -> unary
    | MINUS unary                           -> unary
?chain: atom
    | chain "." NAME                        -> element
    | chain "." NAME "(" [arguments] ")"    -> call

arguments: alternative ("," alternative)*

?atom: NAME                                 -> name
    | TEXT                                  -> text
    | CHARACTER                             -> character
    | INTEGER                               -> integer
    | DECIMAL                               -> decimal
    | (IPV4 | IPV6)                         -> address
    | MAC                                   -> mac
    | DATE                                  -> date
    | REGEX                                 -> regex
    | XPATH                                 -> xpath
    | "$" NAME                              -> variable
    | "$" NAME "[" alternative "]"          -> map_element
    | "(" alternative ")"                   -> group

ALT.5: /ALT\b/i
OR.1: "||"
AND.1: "&&"
BIT_OR: "|"
BIT_XOR: "^"
BIT_AND: "&"
EQUALITY.1: "==" | "!="
COMPARISON: "<=" | ">=" | "<" | ">"
SHIFT.1: "<<" | ">>"
PLUS: "+"
MINUS: "-"
PRODUCT: "*" | "/" | "%"
NOT: "!"

NAME: /[A-Za-z_][A-Za-z0-9_]*/
TEXT: /"(?:[^"\\]|\\.)*"/s
CHARACTER: /'(?:[^'\\]|\\[0-7]{1,3}|\\x[0-9A-Fa-f]{2}|\\.)'/s
INTEGER: /[0-9]+/
DECIMAL.2: /[0-9]+\.[0-9]+/
IPV4.4: /[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?:\/[0-9]{1,2})?/
IPV6.3: /(?:[0-9A-Fa-f]{0,4}:){2,7}(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9A-Fa-f]{0,4})(?:\/[0-9]{1,3})?/
MAC.4: /[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}(?![0-9A-Fa-f:])/
DATE.4: /(?:GMT|LOCAL)\b(?:\s+(?:[0-9]{1,2}[hms]|[0-9]{1,4}|(?:Sun|Mon|Tue|Wed|Thu|Fri|Sat)(?:_[1-5])?|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b)*/i
REGEX.4: /re(?P<regex_mark>[!-\/:-@\[-^`{-~])(?:(?!(?P=regex_mark)).)*(?P=regex_mark)/is
XPATH.4: /xp(?P<xpath_mark>[!-\/:-@\[-^`{-~])(?:(?!(?P=xpath_mark)).)*(?P=xpath_mark)/is

%import common.WS
%ignore WS
"""
