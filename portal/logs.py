"""Keeps secrets out of the logs."""

import logging
import re

TOKEN = re.compile(r"/(r|check)/[^\s/?\"']+")
QUERY = re.compile(r"\?[^\s\"']+")


def without_secrets(text: str) -> str:
    """The text with link tokens and query strings (staff searches hold names and phones) taken out."""
    return QUERY.sub("?…", TOKEN.sub(r"/\1/…", text))


class NoSecrets(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        message = without_secrets(record.getMessage())
        record.msg, record.args = message.replace("\r", "\\r").replace("\n", "\\n").replace("\x1b", "\\x1b"), ()
        return True
