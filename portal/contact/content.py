"""What a text may hold, by one rule set: links, phone numbers, sender, words, approval, the line on how to stop.

These hold for every purpose: an answer may be sent at night, and still holds no link that a reminder may not hold.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from accounts.rules import wording
from accounts.rules.contact_law import (
    Approval,
    Channel,
    ContactLaw,
    ContentRule,
    LinkPolicy,
    LinkRule,
    Purpose,
    SenderRule,
)
from portal.contact.case import ANSWERS, Case, Reason
from portal.contact.facts import Recipient, Text, TextLink

# Chinese words stand against an address without a space, so an address ends at the first sign it cannot hold.
_URL = re.compile(
    r"(?:https?://|www\.)[\w\-.~:/?#\[\]@!$&'()*+,;=%]+|\b[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}/[\w\-.~/?=&%]+"
    r"|(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\.?\d)(?::\d+)?|\b(?:localhost|[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}):\d{2,5}\b",
    re.ASCII | re.I,
)
_VARIABLE = re.compile(r"\{\s*(?:link|url)\s*\}")
_PHONE = re.compile(r"(?<![\w/.=-])\+?\d[\d\s().-]{5,}\d(?![\w/])", re.ASCII)
_WORDS = re.compile(r"[^\W_]+")
# What may be wrong with the words themselves, whatever the hour.
CODES: Final = frozenset({
    "TEMPLATE_NOT_APPROVED", "NOT_REGISTERED", "TEXT_TOO_LONG", "LINK_NOT_ALLOWED", "PHONE_NOT_REGISTERED",
    "SENDER_NOT_ALLOWED", "SENDER_NOT_IN_TEXT", "FORBIDDEN_TEXT", "OPT_OUT_MISSING",
})  # fmt: skip
_OPEN = frozenset({Channel.POST, Channel.EMAIL})
_BARE = frozenset({Channel.CALL, Channel.AI_VOICE, Channel.VISIT})


def not_sayable(case: Case, law: ContactLaw) -> Iterator[Reason]:
    """A reason for each rule of content that the text breaks. None for a request without a text."""
    request = case.request
    if request.text is not None:
        barred = any(matter.time_barred for matter in request.matters)
        yield from _broken(request.text, law, request.channel, request.purpose, request.recipient, barred=barred)


@lru_cache(maxsize=64)  # a campaign says one text to thousands, and to look through it costs more than all else asked
def _broken(
    text: Text, law: ContactLaw, channel: Channel, purpose: Purpose, recipient: Recipient, *, barred: bool
) -> tuple[Reason, ...]:
    rule, found = law.content, []
    by_carrier = rule and rule.template_approval is Approval.CARRIER and channel is Channel.SMS
    if not text.approved or (by_carrier and not text.carrier_approved):
        found.append(Reason("TEMPLATE_NOT_APPROVED", law.id))
    if not text.registered:
        found.append(Reason("NOT_REGISTERED"))
    if rule is not None:
        if rule.max_chars is not None and len(text.body) > rule.max_chars:
            found.append(Reason("TEXT_TOO_LONG", law.id))
        if rule.links is not None and channel is Channel.SMS:
            found += _links(text, rule.links, law.id)
        if rule.sender is not None and channel is Channel.SMS:
            found += _sender(text, rule.sender, law.id)
        found += _words(text, law, rule, channel, purpose, recipient, barred=barred)
    return (*found, *_stop_line(text, law, channel, purpose))


def looks_like_a_collector(case: Case, law: ContactLaw) -> Iterator[Reason]:
    """A warning for a sender's name that tells a stranger what the matter is."""
    text, rule = case.request.text, law.content.sender if law.content else None
    if text and rule and any(part in text.sender.upper() for part in rule.warn_parts):
        yield Reason("SENDER_LOOKS_LIKE_COLLECTOR", law.id)


def is_neutral(text: Text) -> bool:
    """Whether a stranger who reads it learns nothing of the matter."""
    return not wording.forbidden_in(text.body, [wording.NEUTRAL])


def links_in(text: Text) -> tuple[TextLink, ...]:
    """The links a text names, else those found in its body: judged by their looks, and known to no operator."""
    if text.links is not None:
        return text.links
    found = [TextLink(kind=_kind(match[0])) for match in _URL.finditer(text.body)]
    found += [TextLink(kind=LinkPolicy.TOKENISED, in_variable=True) for _ in _VARIABLE.finditer(text.body)]
    return tuple(found)


def _kind(address: str) -> LinkPolicy:
    parts = urlsplit(address if "://" in address else f"https://{address}")
    bare = parts.path in {"", "/"} and not parts.query and not parts.fragment
    return LinkPolicy.HOME_PAGE_ONLY if bare else LinkPolicy.TOKENISED


def _links(text: Text, rule: LinkRule, law: str) -> Iterator[Reason]:
    if not all(_link_allowed(link, rule) for link in links_in(text)):
        yield Reason("LINK_NOT_ALLOWED", law)
    if rule.phone_preregistered:
        known = {re.sub(r"\D", "", phone) for phone in text.registered_phones}
        if any(re.sub(r"\D", "", match[0]) not in known for match in _PHONE.finditer(_without_links(text.body))):
            yield Reason("PHONE_NOT_REGISTERED", law)


def _link_allowed(link: TextLink, rule: LinkRule) -> bool:
    if rule.policy is LinkPolicy.NONE or (rule.preregistered and not link.registered):
        return False
    if rule.policy is LinkPolicy.HOME_PAGE_ONLY:
        return link.kind is LinkPolicy.HOME_PAGE_ONLY and not link.in_variable
    if rule.policy is LinkPolicy.FIXED_REGISTERED:
        return link.kind is not LinkPolicy.TOKENISED and link.registered and not link.in_variable
    return True


def _without_links(body: str) -> str:
    return _URL.sub(" ", body)


def _sender(text: Text, rule: SenderRule, law: str) -> Iterator[Reason]:
    words = {word.upper() for word in _WORDS.findall(text.sender)}
    too_long = rule.max_len is not None and len(text.sender) > rule.max_len
    if not text.sender or too_long or words & {*rule.forbid_words} or not text.sender.startswith(rule.prefix):
        yield Reason("SENDER_NOT_ALLOWED", law)
        return
    begins = not rule.text_prefix or text.body.startswith(f"{rule.text_prefix}{text.sender}")
    named = not rule.sign_in_text or text.sender.removeprefix(rule.prefix).casefold() in text.body.casefold()
    if not (begins and named):
        yield Reason("SENDER_NOT_IN_TEXT", law)


def _words(
    text: Text,
    law: ContactLaw,
    rule: ContentRule,
    channel: Channel,
    purpose: Purpose,
    recipient: Recipient,
    *,
    barred: bool,
) -> Iterator[Reason]:
    groups = list(rule.forbidden)
    notice = purpose is Purpose.REQUIRED and channel in _OPEN  # it names the matter by law
    if rule.pre_auth_neutral and not text.signed_in and not notice:
        groups.append(wording.NEUTRAL)
    if wording.forbidden_in(text.body, groups, time_barred=barred):
        yield Reason("FORBIDDEN_TEXT", law.id)
    third = law.third_party
    outsider = recipient is not Recipient.PERSON and third and recipient not in third.allowed
    if outsider and third and not third.reveal_debt and not is_neutral(text):
        yield Reason("THIRD_PARTY", law.id)


def _stop_line(text: Text, law: ContactLaw, channel: Channel, purpose: Purpose) -> Iterator[Reason]:
    rule = law.opt_out
    if rule is None or channel not in rule.footer or purpose in ANSWERS or channel in _BARE:
        return
    said = text.stop_line
    if said is None:
        body = text.body.upper()
        # Chinese stands against a word without a space, so only a letter or digit of ours would make it another word.
        said = any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", body, re.ASCII) for word in rule.keywords)
    if not said:
        yield Reason("OPT_OUT_MISSING", law.id)
