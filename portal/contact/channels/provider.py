"""E-mail over any provider that django-anymail knows, and what the provider tells of it: bounces and complaints.

None of them knows a repeat through anymail. Our id goes along where the provider takes such data, so that what it tells
finds its message even when the call itself was never answered.
"""

import warnings
from datetime import datetime
from importlib import import_module
from typing import Any, Final

import requests
from anymail.exceptions import (
    AnymailAPIError,
    AnymailConfigurationError,
    AnymailError,
    AnymailInsecureWebhookWarning,
    AnymailRecipientsRefused,
    AnymailUnsupportedFeature,
    AnymailWebhookValidationFailure,
)
from anymail.inbound import AnymailInboundMessage
from anymail.signals import AnymailInboundEvent, AnymailTrackingEvent, EventType, RejectReason
from anymail.webhooks.base import AnymailBaseWebhookView, AnymailBasicAuthMixin
from django.core.exceptions import SuspiciousOperation
from django.core.mail import mailers
from django.http import HttpRequest

from accounts.models import Message
from portal import gateways
from portal.contact.channels.channel import Blocked, NotNow, Outgoing, Refused, Repeat, Unclear
from portal.contact.channels.letter import letter
from portal.contact.channels.news import AHEAD, Forged, Garbled, News, Unnamed, fingerprint, plain
from portal.contact.channels.wire import FIRST_OF_THEIRS, TOO_MANY
from portal.contact.models import Heard

OUR_ID: Final = "message"
Receipt, Kind = Message.Receipt, Heard.Kind
TAKEN: Final = {"sent", "queued", None}
_RECEIPTS: Final = {
    EventType.QUEUED: Receipt.ACCEPTED,
    EventType.SENT: Receipt.SENT,
    EventType.DEFERRED: Receipt.SENT,
    EventType.DELIVERED: Receipt.DELIVERED,
    EventType.FAILED: Receipt.UNDELIVERED,
    EventType.BOUNCED: Receipt.BLOCKED,
    EventType.REJECTED: Receipt.BLOCKED,
}
# A bounce that says nothing of the address: a full box, a time-out, a policy of their server.
_PASSING: Final = {RejectReason.TIMED_OUT, RejectReason.BLOCKED, RejectReason.SPAM, RejectReason.OTHER}
# What ends a provider's tries to hand on an e-mail, as each documents it; to others, that it went well.
_NOT_AGAIN: Final = {"mailgun": 406, "postmark": 403}
# What Amazon's library calls a failure before anything was sent, and what Amazon answers where it may take it later.
_NEVER_LEFT: Final = {
    "ConnectTimeoutError", "EndpointConnectionError", "NoCredentialsError", "PartialCredentialsError", "SSLError",
}  # fmt: skip
_LATER: Final = {
    "AccountSuspendedException", "LimitExceededException", "MailFromDomainNotVerifiedException",
    "SendingPausedException", "ThrottlingException", "TooManyRequestsException",
}  # fmt: skip
_READERS: Final = {"postmark": "portal.contact.channels.postmark"}  # of e-mails, where anymail's own does not do
_KINDS: Final = {EventType.COMPLAINED: Kind.COMPLAINT, EventType.UNSUBSCRIBED: Kind.UNSUBSCRIBE}


class Provider:
    name = "email"  # whichever provider it is, so that the address it tells us at stays the same
    repeat = Repeat.NEITHER
    thanks = ("", "text/plain")

    def __init__(self, url: str) -> None:
        self.provider = gateways.provider(url)
        for_sending, for_hearing = gateways.provider_options(url)
        self.listens = bool(for_hearing)
        self.view = _view(self.provider, for_sending | for_hearing) if for_hearing else None
        self.inbound = _inbound(self.provider, for_sending | for_hearing) if for_hearing else None
        self.not_again = _NOT_AGAIN.get(self.provider, 200)

    def deliver(self, message: Outgoing) -> str:
        server = mailers.default
        try:
            server.open()
            try:
                return self._send(server, message, metadata={OUR_ID: message.id})
            except AnymailUnsupportedFeature:  # found out before anything is sent
                return self._send(server, message)
        except AnymailRecipientsRefused as problem:
            # On the provider's own list since an earlier bounce or complaint, or no address at all.
            listed = "rejected" in (problem.email_message.anymail_status.status or ())
            raise (Blocked if listed else Refused)("recipient refused") from problem
        except (AnymailConfigurationError, AnymailUnsupportedFeature) as problem:
            raise NotNow(type(problem).__name__) from problem
        except AnymailAPIError as problem:
            raise _of(problem) from problem
        except (AnymailError, ValueError) as problem:
            raise Refused(type(problem).__name__) from problem  # anymail could not put it together
        except OSError as problem:
            raise Unclear(type(problem).__name__) from problem
        finally:
            server.close()

    def _send(self, server: Any, message: Outgoing, **features: Any) -> str:
        mail = letter(message)
        for name, value in features.items():
            setattr(mail, name, value)
        server.send_messages([mail])
        status = mail.anymail_status  # type: ignore[attr-defined]
        one = status.recipients.get(message.address)
        if one is not None and one.status not in TAKEN:
            raise (Unclear if one.status == "unknown" else Refused)(one.status)
        return str((one.message_id if one else status.message_id) or message.id)

    def find(self, message: Outgoing) -> str | None:
        return None

    def greet(self, request: HttpRequest) -> str:
        return ""  # some providers ask whether anybody is there; there is nothing to prove yet

    def hear(self, request: HttpRequest, now: datetime) -> list[News]:
        events = _events(self.view, request)
        told = [event for event in events if isinstance(event, AnymailTrackingEvent)]
        return [news for event in told if (news := _news(event, now)) is not None]

    def letters(self, request: HttpRequest) -> list[AnymailInboundMessage]:
        """The e-mails that the provider hands on. Raises Forged or Garbled."""
        events = _events(self.inbound, request)
        return [event.message for event in events if isinstance(event, AnymailInboundEvent)]

    def is_known(self, request: HttpRequest) -> bool:
        """By the password beside the address; a signature stands in what is not read."""
        if self.inbound is None or not self.inbound.basic_auth:
            return False
        try:
            AnymailBasicAuthMixin.validate_request(self.inbound, request)
        except AnymailWebhookValidationFailure:
            return False
        return True


def _events(view: AnymailBaseWebhookView | None, request: HttpRequest) -> list[Any]:
    if view is None:
        raise Forged
    if view.basic_auth and "Authorization" not in request.headers:
        raise Unnamed  # Amazon gives its password when it is asked for it
    try:
        view.run_validators(request)
    except AnymailWebhookValidationFailure:
        raise Forged from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, AnymailError):
        raise Forged from None  # it could not even be looked at
    try:
        return list(view.parse_events(request))
    except SuspiciousOperation:
        raise  # too much of it, which says nothing of who sent it
    except Exception:  # noqa: BLE001  a provider's own library, asked to confirm or to fetch, fails in ways of its own
        raise Garbled from None


def _inbound(provider: str, options: dict[str, Any]) -> AnymailBaseWebhookView | None:
    """The provider's reader of e-mails; None where it has none, or none that can be known by what the settings hold."""
    try:
        return _view(provider, options, ("InboundWebhookView", "CombinedWebhookView"), of=_READERS.get(provider, ""))
    except (StopIteration, gateways.BadAddress, AnymailConfigurationError):
        return None


def _view(
    provider: str,
    options: dict[str, Any],
    kinds: tuple[str, ...] = ("TrackingWebhookView", "CombinedWebhookView"),
    *,
    of: str = "",
) -> AnymailBaseWebhookView:
    """The provider's reader of what it tells, anymail's unless it is one `of` ours.

    Raises AnymailConfigurationError, or BadAddress where it is not safe.
    """
    module = import_module(of or f"anymail.webhooks.{provider}")
    named = [name for name in dir(module) if name.endswith(kinds)]
    found = next(getattr(module, name) for name in sorted(named) if getattr(module, name).__module__ == module.__name__)
    always = {"webhook_secret", "client_params"}
    known = {name: value for name, value in options.items() if hasattr(found, name) or name in always}
    with warnings.catch_warnings(action="ignore", category=AnymailInsecureWebhookWarning):
        view = found(**known)
    if view.warn_if_no_basic_auth and not view.basic_auth:
        raise gateways.BadAddress("this provider signs nothing, so it wants webhook_secret=user:password")
    return view


def _of(problem: AnymailAPIError) -> Exception:
    """Which of the three a failed call is."""
    cause = type(problem.__cause__).__name__
    if isinstance(problem, requests.ConnectTimeout) or cause in _NEVER_LEFT:
        return NotNow("ConnectTimeout" if cause == "NoneType" else cause)
    told: Any = problem.response if isinstance(problem.response, dict) else {}
    if (code := told.get("Error", {}).get("Code")) in _LATER:
        return NotNow(code)
    status = problem.status_code or told.get("ResponseMetadata", {}).get("HTTPStatusCode")
    if status is None or status >= FIRST_OF_THEIRS:
        return Unclear(str(status or type(problem).__name__))
    return NotNow(str(status)) if status in {401, 402, 403, TOO_MANY} else Refused(str(status))


def _news(event: AnymailTrackingEvent, now: datetime) -> News | None:
    kind = _KINDS.get(event.event_type, Kind.RECEIPT)
    receipt = _RECEIPTS.get(event.event_type) if kind == Kind.RECEIPT else None
    if kind == Kind.RECEIPT and receipt is None:
        return None  # who opened what, and which link was followed, is nobody's business
    if receipt is Receipt.BLOCKED and (event.reject_reason in _PASSING or _is_soft(event.esp_event)):
        receipt = Receipt.UNDELIVERED
    reference, recipient = plain(str(event.message_id or "")), plain(str(event.recipient or ""), 254)
    at = event.timestamp if event.timestamp and event.timestamp < now + AHEAD else now
    parts = (reference, str(event.event_type), recipient, at.isoformat())
    return News(
        event_id=plain(str(event.event_id or fingerprint(*parts))),
        kind=kind,
        at=at,
        channel="email",
        message_id=str((event.metadata or {}).get(OUR_ID, ""))[:40],
        gateway_ref=reference,
        address=recipient,
        receipt=receipt or "",
        code=plain(str(event.reject_reason or event.event_type), 60),
    )


def _is_soft(told: Any) -> bool:
    """A full box, as some providers name it where anymail tells only of a bounce."""
    told = told if isinstance(told, dict) else {}
    told = told | told["bounce"] if isinstance(told.get("bounce"), dict) else told  # Amazon's lies one deeper
    named = [told.get(name) for name in ("Type", "type", "bounce_type", "bounceType")]
    return any(str(one).lower().startswith(("soft", "transient")) for one in named)
