"""E-mails that people write in answer: what they say, without what they quote; and from whom, as far as it is proved.

Anybody may write any name into a mail. What proves an answer is the token in the address it came to, together with the
address our message went to; without both it is read by staff and stands in nobody's thread. Whatever a machine sent
(out of office, bounces, lists) is nobody's answer. A file that cannot be taken leaves a row that says so, to the person
and to staff; of a mail that is too long the words are read, and its files leave such rows.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email import errors, message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses
from html.parser import HTMLParser
from typing import Final, cast

from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.crypto import blind_index
from accounts.models import ContactPoint, Message
from portal.contact import heard, obey, reply_to, uploads
from portal.contact.channels.news import fingerprint, plain
from portal.contact.models import Heard, ThreadMessage
from portal.contact.uploads import MOST_BYTES

log = logging.getLogger(__name__)

LONGEST: Final = 15 * 1024 * 1024  # bytes that are read of one mail, with files
LONGEST_TEXT: Final = 20_000  # characters that are looked at before what is quoted is cut off
LONGEST_HEADER, LONGEST_LINE = 1_000, 400  # characters that are looked at: both take the square of their length
MOST_PARTS: Final = 200
MOST_NAMED: Final = 15  # files of one mail, each with a row of its own, kept or not
GATEWAY: Final = "mailbox"
_TO: Final = frozenset({"to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-forwarded-to"})
_PART: Final = re.compile(rb"^content-type\s*:", re.IGNORECASE | re.MULTILINE)
# What Python's reader raises at a mail that only hopes to break it.
_BROKEN: Final = (
    ValueError,
    LookupError,
    RecursionError,
    TypeError,
    AttributeError,
    AssertionError,
    errors.MessageError,
)
_MACHINE: Final = ("X-Autoreply", "X-Autorespond", "X-Auto-Reply", "List-Id", "List-Unsubscribe", "Feedback-ID")
_SIGNATURES: Final = tuple(f"application/{name}" for name in ("pkcs7-signature", "x-pkcs7-signature", "pgp-signature"))
_BY_EMAIL: Final = {"too_many": "too_many_by_email"}  # there is no page on which to make room
_AWAY: Final = re.compile(
    r"^\s*(?:auto(?:matic)?[ -]?(?:reply|response|antwort)|out of (?:the )?office|"
    r"自动(?:回复|答复)|自動(?:回覆|回復|答覆)|不在办公室|不在辦公室|休假中|外出)",
    re.IGNORECASE,
)
_BY_WHOM: Final = r"(?:写道|寫道|写|寫|wrote|schrieb|écrit|escribió)\s*[:：]\s*$"
# Where an answer ends and what is quoted begins, as mail programs write it.
_QUOTES: Final = re.compile(
    r"^\s*(?:>|-- ?$|_{10,}\s*$|sent from my \S+.*|(?:发自|發自|傳自|从)我的.{1,30}$|"
    r"-{2,}\s*(?:original message|forwarded message|原始邮件|原始郵件|回复的邮件|轉寄的郵件|转发邮件).*|"
    r"(?:from|von|发件人|寄件者|寄件人)\s*[:：].{3,}$|"
    rf"(?:on|am|le|el)\b.{{4,200}}{_BY_WHOM}|"
    rf"(?:在|於|于)?\s*\d{{4}}.{{2,200}}{_BY_WHOM}|"
    rf".{{1,200}}<[^<>\s]+@[^<>\s]+>\s*(?:于|於|在)?.{{0,80}}{_BY_WHOM})",
    re.IGNORECASE,
)
_INVISIBLE: Final = frozenset({"script", "style", "head", "title", "template", "noscript"})
_BREAKS: Final = frozenset({"br", "p", "div", "tr", "li", "h1", "h2", "h3", "blockquote"})


class _Brief(policy.EmailPolicy):
    """Takes apart the beginning of a header, however long it is."""

    def header_fetch_parse(self, name: str, value: str) -> str:
        return super().header_fetch_parse(name, value if len(value) <= LONGEST_HEADER else value[:LONGEST_HEADER])


_POLICY: Final = _Brief()


@dataclass(frozen=True, slots=True)
class Attached:
    """A file of a mail, without its `content` where a code of uploads.words says `why_not`."""

    name: str
    mark: str
    size: int
    content: bytes = b""
    why_not: str = ""
    drawn: bool = False  # in the text, as a signature's logo is: nobody misses one that we cannot open


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail as it was read. `to` holds every address it came to."""

    event_id: str
    sender: str
    to: str
    text: str
    files: tuple[Attached, ...] = ()


def read(mail: bytes) -> Letter | None:
    """A person's mail; None for what a machine sent, what cannot be read and what holds no word and no file.

    Of one that is longer than LONGEST the beginning is read, where the words stand.
    """
    begins = mail[:LONGEST]
    if len(_PART.findall(begins)) > MOST_PARTS:
        return None
    try:
        taken_apart = message_from_bytes(begins, policy=_POLICY)
    except _BROKEN:
        return None
    return letter(cast(EmailMessage, taken_apart), cut=len(mail) > LONGEST)


def letter(mail: EmailMessage, envelope: str = "", *, cut: bool = False) -> Letter | None:
    """The same of a mail that is taken apart already; `envelope` is the address the mail server gave it to. Of one that
    was `cut` no file is known to be whole.
    """
    try:
        for part in mail.walk():
            part.policy = _POLICY
        return _letter(mail, envelope, cut=cut)
    except _BROKEN:
        return None


def _letter(mail: EmailMessage, envelope: str, *, cut: bool) -> Letter | None:
    if _by_machine(mail):
        return None
    senders = getaddresses([str(mail.get("From", ""))])
    sender = senders[0][1].strip() if len(senders) == 1 else ""
    to = " ".join([envelope, *(str(value) for name, value in mail.raw_items() if name.lower() in _TO)])
    files = tuple(_files(mail, cut=cut))
    text = own_words(_text(mail)) or plain(", ".join(file.name for file in files), 2 * LONGEST_LINE)
    if sender.count("@") != 1 or not text:
        return None
    identity = str(mail.get("Message-ID", "")).strip() or f"{mail.get('Date', '')}{text}"
    return Letter(fingerprint("mail", sender.lower(), identity), plain(sender, 254), to, text, files)


def take(found: Letter, now: datetime, *, gateway: str = GATEWAY) -> Heard:
    """Hear a letter, and keep its files with the message that it becomes in a thread. Twice does no harm."""
    message = reply_to.message_in(found.to)
    proved = message is not None and _is_theirs(message, found.sender)
    told = heard.hear(
        gateway=gateway,
        event_id=found.event_id,
        kind=Heard.Kind.REPLY,
        channel=ContactPoint.Channel.EMAIL,
        message_id=str(message.pk) if message is not None and proved else "",
        address=found.sender,
        body=found.text,
        at=now,
        now=now,
    )
    written = obey.in_thread(told) if found.files and proved else None
    if written is not None:
        _keep(found, written, now)
    return told


def _keep(found: Letter, written: ThreadMessage, now: datetime) -> None:
    """Each file once, however often the mail is handed on. One that is not taken leaves a row with the reason."""
    for file in found.files[:MOST_NAMED]:
        if not uploads.is_with(written, file.mark):
            try:
                _keep_one(file, written, now)
            except uploads.NotTaken as problem:
                if not (file.drawn and problem.code in {"wrong_type", "empty"}):
                    _turn_away(file, written, _BY_EMAIL.get(problem.code, problem.code), now)
    if (more := len(found.files) - MOST_NAMED) > 0:
        rest = Attached(name=f"+ {more}", mark=uploads.mark_of(b"more"), size=0)
        if not uploads.is_with(written, rest.mark):
            _turn_away(rest, written, _BY_EMAIL["too_many"], now)


def _keep_one(file: Attached, written: ThreadMessage, now: datetime) -> None:
    if file.why_not:
        raise uploads.NotTaken(file.why_not)
    offered = uploads.look(SimpleUploadedFile(file.name, file.content))
    uploads.keep(debtor=written.debtor, files=[offered], by=written.debtor, message=written, now=now)


def _turn_away(file: Attached, written: ThreadMessage, code: str, now: datetime) -> None:
    log.warning("a file of an e-mail was not taken: %s", code)
    uploads.turn_away(message=written, name=file.name, size=file.size, mark=file.mark, code=code, now=now)


def own_words(text: str) -> str:
    """What somebody wrote themselves: up to where their mail program begins to quote."""
    kept: list[str] = []
    lines = text[:LONGEST_TEXT].replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for number, line in enumerate(lines):
        begins = line.strip()[:LONGEST_LINE]
        follows = lines[number + 1].strip()[:LONGEST_LINE] if number + 1 < len(lines) else ""
        joined = f"{begins} {follows}"  # a quoting line may be broken in two
        if _QUOTES.match(begins) or (len(joined) < 300 and begins and _QUOTES.match(joined) and "@" in joined):
            break
        kept.append(line.rstrip())
    return plain(re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip(), LONGEST_TEXT)


def _is_theirs(message: Message, sender: str) -> bool:
    """Whether the mail comes from where our message went."""
    return blind_index(ContactPoint.Channel.EMAIL, sender) == message.contact.address_index


def _by_machine(mail: EmailMessage) -> bool:
    submitted = str(mail.get("Auto-Submitted", "no")).partition(";")[0].strip().lower()
    precedence = str(mail.get("Precedence", "")).strip().lower()
    return (
        submitted != "no"
        or precedence in {"bulk", "junk", "list", "auto_reply"}
        or str(mail.get("Return-Path", "x")).strip() == "<>"
        or mail.get_content_type() in {"multipart/report", "message/delivery-status"}
        or any(mail.get(name) is not None for name in _MACHINE)
        or _AWAY.match(str(mail.get("Subject", ""))) is not None
    )


def _text(mail: EmailMessage) -> str:
    body = mail.get_body(preferencelist=("plain", "html"))
    if body is None:
        return ""
    content = str(body.get_content())
    return _bare(content) if body.get_content_subtype() == "html" else content


def _bare(html: str) -> str:
    parser = _Words()
    with suppress(AssertionError):  # how HTMLParser ends at some marks: what it has read until there counts
        parser.feed(html[: 10 * LONGEST_TEXT])
    return re.sub(r"[ \t\xa0]+", " ", "".join(parser.said))


def _files(mail: EmailMessage, *, cut: bool) -> Iterator[Attached]:
    """The files that hang on it; what they are is judged by `uploads`. Signatures of mail programs are none."""
    for part in mail.iter_attachments():
        if part.get_content_type() in _SIGNATURES:
            continue
        content, why_not = part.get_payload(decode=True), ""
        if not isinstance(content, bytes):
            content, why_not = b"", "wrong_type"  # a mail that hangs on this one
        elif cut or len(content) > MOST_BYTES:
            why_not = "too_big"
        name = part.get_filename() or f"file.{part.get_content_subtype()}"
        yield Attached(
            name=name,
            mark=uploads.mark_of(content or name.encode(errors="replace")),
            size=len(content),
            content=b"" if why_not else content,
            why_not=why_not,
            drawn=part.get_content_disposition() == "inline" and part.get("Content-ID") is not None,
        )


class _Words(HTMLParser):
    """The words of a page, without what is never seen and what it quotes."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _INVISIBLE or tag == "blockquote":
            self.hidden += 1
        elif tag in _BREAKS:
            self.said.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _INVISIBLE or tag == "blockquote":
            self.hidden = max(0, self.hidden - 1)
        elif tag in _BREAKS and tag != "br":
            self.said.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.said.append(data)
