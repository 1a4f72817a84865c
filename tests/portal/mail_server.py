"""A mail server on loopback that takes, refuses, puts off, or falls silent, as a test says."""

import contextlib
import socketserver
import threading
from collections.abc import Iterator

ANSWERS = {
    "takes": ("250 ok", "250 ok"),
    "refuses the recipient": ("550 no such person", ""),
    "puts the recipient off": ("451 try later", ""),
    "refuses the message": ("250 ok", "554 no"),
    "puts the message off": ("250 ok", "452 full"),
    "hangs up after the message": ("250 ok", ""),
    "refuses us": ("250 ok", "250 ok"),
}


class MailServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.manner = "takes"
        self.received: list[str] = []

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"


class _Conversation(socketserver.StreamRequestHandler):
    server: MailServer

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self) -> None:
        recipient, message = ANSWERS[self.server.manner]
        self.say("220 hello")
        for line in self.rfile:
            word = line.split(b":")[0].split()[0].upper()
            if word == b"DATA":
                self.say("354 go on")
                text = b"".join(iter(self.rfile.readline, b".\r\n"))
                if not message:
                    self.server.received.append(text.decode())  # taken, but nobody learns of it
                    return
                if message.startswith("250"):
                    self.server.received.append(text.decode())
                self.say(message)
            elif word == b"MAIL" and self.server.manner == "refuses us":
                self.say("550 relaying denied")
            elif word == b"RCPT":
                self.say(recipient)
            elif word == b"QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")


@contextlib.contextmanager
def mail_server() -> Iterator[MailServer]:
    with MailServer() as server:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        yield server
        server.shutdown()
