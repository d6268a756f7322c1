# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from collections.abc import Iterable

# Text of the codes: the vendor's list of NITRO error messages (12.x), plus 3441 (citrixadc provider, issue 1178).
MESSAGES: dict[int, str] = {
    0: "Done",
    257: "Operation not permitted",
    258: "No such resource",
    273: "Resource already exists",
    278: "Invalid argument",
    283: "File too large",
    293: "Operation already in progress",
    304: "Address already in use",
    315: "Resource in use",
    347: "Command propagation failed",
    354: "Invalid username or password",
    356: "Feature(s) not licensed",
    363: "Operation not permitted on stand-alone",
    368: "Operation permitted only on primary",
    371: "No command policy defined, permission denied",
    431: "No arguments to set",
    444: "Session expired or killed. Please login again",
    445: "Session limit exceeded",
    446: "Connection limit to CFE exceeded",
    451: "Entity already in this state",
    461: "No such Vserver",
    528: "Action name is already in use",
    537: "Default actions cannot be removed",
    538: "Action does not exist",
    810: "Bound policy cannot be removed",
    832: "Action bound to policy can not be deleted",
    1027: "Not logged in or connection timed out",
    1028: "You are connected to a secondary node; configuration changes made here will not be propagated",
    1067: "Feature(s) not enabled",
    1070: "Object in use, cannot delete",
    1073: "Set operation not supported",
    1074: "Invalid value",
    1075: "Invalid name",
    1090: "No such argument",
    1091: "Argument value missing",
    1092: "Arguments cannot both be specified",
    1093: "Argument pre-requisite missing",
    1094: "Too few arguments",
    1095: "Required argument missing",
    1097: "Invalid argument value",
    1106: "String length exceeds maximum",
    1107: "String too short",
    1108: "Integer value exceeds maximum",
    1109: "Integer value below minimum",
    1110: "Invalid IP address",
    1113: "Range minimum exceeds range maximum",
    1232: "Invalid object name",
    1233: "Invalid JSON input",
    1234: "Invalid JSON data type",
    1237: "Invalid method name",
    1239: "Command execution failed",
    1240: "Invalid nitro action or operation",
    1241: "Rollback failed, manually correct",
    1242: "Rollback not supported for this action",
    1243: "Bulk operation failed",
    1244: "Authentication Failed: Use of Basic Authentication is Disabled.",
    1441: "Cannot fail over, node is set to stay primary",
    1449: "Failover not permitted, one node is down",
    1461: "Maximum number of concurrent saves reached",
    1642: "Cannot create output file. File already exists",
    2054: "No such policy exists",
    2097: "Policy not bound",
    2138: "Not authorized to execute this command",
    2626: "User does not exist",
    2753: "Partition name already exist",
    2754: "Invalid Partition name",
    2755: "Partition name doesnt exist",
    2757: "Partition is in use, cant delete",
    2758: "Default Partition cant be delete",
    2760: "This feature is not supported on partition",
    2818: "Invalid undef action or log action",
    2822: "Pattern does not exist in dataset/patset",
    2823: "Dataset/patset does not exist",
    2824: "Invalid responder action",
    2825: "Responder policy must be a request policy",
    2830: "Pattern index already in use",
    2852: "Rename not supported, entity based expression is configured",
    2853: "Removing not allowed, entity based expression is configured",
    2854: "Advanced expression entity with same name already exists",
    2866: "Invalid dataset element",
    2867: "Pattern already bound to dataset/patset",
    2871: "Built-in Patsets cannot be modified or deleted",
    2873: "Value should be in IPv4 format",
    2881: "Value should be in IPv6 format",
    2882: "Value should be a number",
    2900: "Cannot bind more than 5000 patterns to a patset/dataset",
    2904: "Status code and reason phrase are only allowed for respondwithhtmlpage and redirect",
    3041: "A policy is already bound to the specified priority",
    3042: "Goto priority expression has to be END",
    3073: "Invalid expression",
    3081: "Expression syntax error",
    3087: "Policy Label does not exist",
    3090: "Priority is mandatory; valid range is 1 to 2147483647",
    3092: "Expression should evaluate to true or false",
    3094: "Policy name already in use",
    3097: "USE_INVOCATION_RESULT is only allowed with invoke",
    3098: "Invalid expression data type",
    3104: "Policy is not bound to the policy label",
    3110: "Cannot unset rule or action",
    3118: "Policy can be bound only once",
    3441: "File does not exist",
    3836: "Policy is bound to multiple bindpoints, specify the bindpoint",
    3910: "Invalid bind point",
    3919: "Expression too long, maximum 8191",
}

# REAL pairs: collection issues 57, 242, 293, 378, 402, 453; provider issues 155, 991, 1119. The rest of each
# group follows the rule those pairs show: in use -> 409, does not exist -> 404, argument parser -> 400.
_STATUS: dict[int, Iterable[int]] = {
    400: (*range(1074, 1114), 1232, 1233, 1234, 1236, 1240, 1242),
    401: (354, 355, 444, 1027, 1244),
    403: (2138, 371, 373),
    404: (258, 344, 351, 461, 538, 2054, 2626, 2755, 2822, 2823, 3087, 3441),
    405: (1237,),
    409: (273, 528, 724, 1642, 2753, 2854, 3094),
}
STATUS: dict[int, int] = {code: status for status, codes in _STATUS.items() for code in codes}


class NitroError(Exception):
    """A refusal in NITRO's words: a code, what it is about in brackets, and the HTTP status it travels with."""

    def __init__(self, code: int, *about: object, status: int | None = None, text: str | None = None) -> None:
        message = text or MESSAGES.get(code, "Command execution failed")
        if about:
            message += f" [{', '.join(str(item) for item in about)}]"
        super().__init__(message)
        self.code = code
        self.message = message
        # "4xx for general HTTP errors, 5xx for NetScaler-specific ones" (NITRO guide, error handling).
        self.status = status or STATUS.get(code, 599)
