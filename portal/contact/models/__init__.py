from portal.contact.models.call import Call
from portal.contact.models.campaign import Campaign, Recipient
from portal.contact.models.duty import DutyNotice
from portal.contact.models.feedback import Feedback, PlanStep
from portal.contact.models.heard import Heard
from portal.contact.models.kindness import KindnessDay
from portal.contact.models.logged import LoggedContact
from portal.contact.models.reach import Reach
from portal.contact.models.suggested import SuggestedReply
from portal.contact.models.thread import ThreadMessage
from portal.contact.models.timing import Timing
from portal.contact.models.upload import Upload
from portal.contact.models.wishes import Stop, Wish
from portal.contact.models.wording import WordingVersion

__all__ = [
    "Call",
    "Campaign",
    "DutyNotice",
    "Feedback",
    "Heard",
    "KindnessDay",
    "LoggedContact",
    "PlanStep",
    "Reach",
    "Recipient",
    "Stop",
    "SuggestedReply",
    "ThreadMessage",
    "Timing",
    "Upload",
    "Wish",
    "WordingVersion",
]
