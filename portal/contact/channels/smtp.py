"""E-mail over SMTP. A mail server cannot be asked about a message and does not know a repeat."""

import smtplib

from django.core.mail import mailers

from portal.contact.channels.channel import NotNow, Outgoing, Refused, Repeat, Unclear
from portal.contact.channels.letter import letter, message_id

FIRST_PERMANENT = 500  # RFC 5321: 4xx may go well later, 5xx will not


class Smtp:
    name = "smtp"
    repeat = Repeat.NEITHER

    def __init__(self, url: str) -> None:
        pass  # MAILERS in the settings is made from the same address

    def deliver(self, message: Outgoing) -> str:
        reference = message_id(message)
        server = mailers.default
        try:
            server.open()
        except (OSError, smtplib.SMTPException) as problem:
            raise NotNow(type(problem).__name__) from problem
        try:
            mail = letter(message)
            mail.extra_headers["Message-ID"] = reference
            server.send_messages([mail])
        except smtplib.SMTPRecipientsRefused as problem:
            codes = [code for code, _words in problem.recipients.values()]
            raise (Refused if min(codes, default=0) >= FIRST_PERMANENT else NotNow)("recipient refused") from problem
        except smtplib.SMTPSenderRefused as problem:  # us and our account, before anybody's address was named
            raise NotNow(str(problem.smtp_code)) from problem
        except smtplib.SMTPResponseException as problem:
            raise (Refused if problem.smtp_code >= FIRST_PERMANENT else NotNow)(str(problem.smtp_code)) from problem
        except (OSError, smtplib.SMTPException) as problem:
            raise Unclear(type(problem).__name__) from problem
        finally:
            server.close()
        return reference

    def find(self, message: Outgoing) -> str | None:
        return None
