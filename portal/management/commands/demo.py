"""`make run`: everything from an empty folder to links that can be opened."""

import os
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from portal.demo import portfolio, serving


class Command(BaseCommand):
    help = "Set up the demo, serve it on 127.0.0.1:8000 (or PORT) and print links to open. Ctrl-C ends it."
    requires_system_checks = []  # the tests run them; a person waits here

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--no-serve", action="store_true", help="set up and print, but serve nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("This command fills the database with invented people; it runs only where DEMO=1.")
        port = urlsplit(settings.PUBLIC_BASE_URL).port or 80
        if not options["no_serve"] and not serving.is_free(port):
            raise CommandError(f"Something else uses port {port}. Choose another: make run PORT=8010")
        self.set_up()
        if options["no_serve"]:
            self.say()
            return
        try:
            self.serve(port)
        except KeyboardInterrupt:
            self.stdout.write("\nStopped.")

    def serve(self, port: int) -> None:
        with serving.Children(port) as children:
            if not children.answering():
                raise CommandError(f"The page server or the worker did not start:\n{serving.last_words()}")
            self.say()
            children.wait()
            raise CommandError(f"The page server or the worker has ended:\n{serving.last_words()}")

    def set_up(self) -> None:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self.stdout.write("Setting up the database and loading the demo portfolio ...")
            self.stdout.flush()
            call_command("migrate", verbosity=0, interactive=False)
            call_command("createcachetable", verbosity=0)
        serving.collect_static()
        portfolio.load(timezone.now())
        self.staff = portfolio.staff(os.environ["DEMO_PASSWORD"])
        self.reminders = portfolio.reminders(timezone.now())

    def say(self) -> None:
        languages = dict(settings.LANGUAGES)
        lines = ["", "Pinghuan runs. Three reminders to open:", ""]
        for reminder in self.reminders:
            facts = f"born {reminder['birth_date']}, ID ends in {reminder['id_last4']}"
            lines += [f"  {reminder['link']}", f"    {reminder['name']}, {languages[reminder['language']]}: {facts}"]
        base = settings.PUBLIC_BASE_URL
        lines += [
            "",
            f"  Demo phone (texts, e-mails, one-time codes)   {base}/demo/phone",
            f"  Staff desk   {base}/desk/",
        ]
        lines += [f"    {', '.join(str(user.email) for user in self.staff)}; password {os.environ['DEMO_PASSWORD']}"]
        lines += ["    The second factor's current code is on the demo phone."]
        lines += ["", f"  What the server and the worker say   {serving.LOG.relative_to(settings.BASE_DIR)}"]
        lines += ["", "Ctrl-C ends it.", ""]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()
