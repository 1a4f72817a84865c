"""What operators say became of a text, in the codes of CMPP and SMPP that most gateways pass on (conduct-rules 8)."""

from typing import Final

from accounts.models import Message
from portal.contact.models import Heard

Receipt = Message.Receipt
_CODES: Final = {
    Receipt.DELIVERED: "DELIVRD DELIVERED",
    Receipt.EXPIRED: "EXPIRED",
    Receipt.REJECTED: "REJECTD REJECT DELETED CONTENT_KEYWORD CONTENT_ERROR IS_CLOSED PARAMS_ILLEGAL NOROUTE NO_ROUTE "
    "KEYWORD KEYWORDS SIGNBLOCKED SIGFAIL SUBFAIL",
    Receipt.BLOCKED: "MBBLACK BLIST BLACK BLACK_LIST BLACKLIST BLOCKED PUBLOKD MOBILE_IN_BLACK USER_REJECT UNSUBSCRIBE",
    Receipt.UNKNOWN: "UNKNOWN UNKNOW SP_UNKNOWN_ERROR",
    Receipt.ACCEPTED: "ACCEPTD",
    Receipt.SENT: "ENROUTE",
}
OPTED_OUT: Final = frozenset({"USER_REJECT", "UNSUBSCRIBE"})  # the person told them to stop
_RECEIPT: Final = {code: receipt for receipt, codes in _CODES.items() for code in codes.split()}


def receipt_of(code: str, *, arrived: bool) -> Message.Receipt:
    """The receipt a code stands for; a code that is not listed counts by whether the gateway says it arrived."""
    if arrived:
        return Receipt.DELIVERED
    found = _RECEIPT.get(code.strip().upper(), Receipt.UNDELIVERED)
    return Receipt.UNDELIVERED if found is Receipt.DELIVERED else found


def kind_of(code: str) -> Heard.Kind:
    """A receipt, or the person's own stop that it tells of."""
    return Heard.Kind.UNSUBSCRIBE if code.strip().upper() in OPTED_OUT else Heard.Kind.RECEIPT
