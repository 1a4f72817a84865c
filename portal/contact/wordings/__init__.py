"""The words of every message: what each is for, the version that staff have approved, what is wrong with a new one.

`templates/messages/` holds the words as shipped. A version that a second person has approved is said in their place,
until it is withdrawn; `loader` hands it to the template engine, so `accounts.outbox` renders both alike.
"""

from portal.contact.wordings.gateways import (
    GATEWAYS,
    GatewayTemplate,
    Known,
    approved_by_carrier,
    form_of,
    forms_at,
    known_at,
    named_here,
    registered_as,
    template_of,
    without_codes,
)
from portal.contact.wordings.linting import Look, Problem, look_at, problems
from portal.contact.wordings.names import LANGUAGES, NAMES, PLACES, Wording
from portal.contact.wordings.samples import stop_line
from portal.contact.wordings.shipped import shipped
from portal.contact.wordings.versions import (
    Changed,
    HasProblems,
    NotByItsWriter,
    NotOpen,
    approve,
    as_shipped,
    current,
    forget,
    note_shipped,
    open_version,
    other_draft,
    set_gateways,
    withdraw,
    write,
)

__all__ = [
    "GATEWAYS",
    "LANGUAGES",
    "NAMES",
    "PLACES",
    "Changed",
    "GatewayTemplate",
    "HasProblems",
    "Known",
    "Look",
    "NotByItsWriter",
    "NotOpen",
    "Problem",
    "Wording",
    "approve",
    "approved_by_carrier",
    "as_shipped",
    "current",
    "forget",
    "form_of",
    "forms_at",
    "known_at",
    "look_at",
    "named_here",
    "note_shipped",
    "open_version",
    "other_draft",
    "problems",
    "registered_as",
    "set_gateways",
    "shipped",
    "stop_line",
    "template_of",
    "withdraw",
    "without_codes",
    "write",
]
