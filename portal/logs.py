"""Keeps secrets out of the logs."""

import logging
import re

TOKEN = re.compile(r"/(r|u|check|unsubscribe)/[^\s/?\"']+", re.IGNORECASE)
# A link's token wherever it stands: mail programs change what is around it. As long as that, few words are.
LIKE_A_TOKEN = re.compile(r"[1-9A-HJ-NP-Za-km-z]{22,}")
QUERY = re.compile(r"\?[^\s\"']+")
# What a database tells of the row that it refused, and what else in an error may be a person's.
DETAIL = re.compile(r"^(DETAIL|CONTEXT|HINT):.*$\n?", re.MULTILINE)
EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
PHONE = re.compile(r"\+?\d(?:[ -]?\d){7,}")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def without_secrets(text: str) -> str:
    """The text with link tokens and query strings (staff searches hold names and phones) taken out."""
    return LIKE_A_TOKEN.sub("…", QUERY.sub("?…", TOKEN.sub(r"/\1/…", text)))


class NoSecrets(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        message = without_secrets(record.getMessage())
        record.msg, record.args = message.replace("\r", "\\r").replace("\n", "\\n").replace("\x1b", "\\x1b"), ()
        return True


class Plain(logging.Formatter):
    """One line, and for an error where it happened and what it was, without the data that it happened to."""

    def formatException(self, ei) -> str:  # noqa: N802  the name is the library's
        text = without_secrets(DETAIL.sub("", super().formatException(ei)))
        return CONTROL.sub("", PHONE.sub("…", EMAIL.sub("…", text)))
