"""The facts: who owes what, and who may see it."""

from accounts.models.bank_details import BankDetailsChange
from accounts.models.code import Code
from accounts.models.contact_change import ContactChange
from accounts.models.creditor import Creditor
from accounts.models.debt import Debt
from accounts.models.debtor import ContactPoint, CreditorRef, Debtor, FactTry
from accounts.models.event import Event
from accounts.models.helper import Helper
from accounts.models.hold import Hold
from accounts.models.knock import Knock
from accounts.models.ledger import LedgerEntry
from accounts.models.link import Link
from accounts.models.message import Message
from accounts.models.need import Need
from accounts.models.once import Once
from accounts.models.outcome import CheckTask, Outcome
from accounts.models.passkey import Passkey
from accounts.models.privacy_request import PrivacyRequest
from accounts.models.respite import Respite
from accounts.models.session import Session
from accounts.models.user import User

__all__ = [
    "BankDetailsChange",
    "CheckTask",
    "Code",
    "ContactChange",
    "ContactPoint",
    "Creditor",
    "CreditorRef",
    "Debt",
    "Debtor",
    "Event",
    "FactTry",
    "Helper",
    "Hold",
    "Knock",
    "LedgerEntry",
    "Link",
    "Message",
    "Need",
    "Once",
    "Outcome",
    "Passkey",
    "PrivacyRequest",
    "Respite",
    "Session",
    "User",
]
