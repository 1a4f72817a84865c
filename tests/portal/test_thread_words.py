"""The words of a thread are not readable in the database, nor are those that were written before this was so."""

import uuid

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from portal.contact import thread
from portal.contact.models import ThreadMessage
from tests.factories import NOW, make_debtor, make_staff

BEFORE, AFTER = [("contact", "0005_reminders")], [("contact", "0006_words_of_threads_encrypted")]
WORDS = ["我下个月才发工资。", "May I start later?"]


def stored() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM contact_threadmessage ORDER BY at, id")
        return [body for (body,) in cursor.fetchall()]


def write_both() -> None:
    debtor = make_debtor()
    thread.write(debtor=debtor, body=WORDS[0], key=uuid.uuid4(), by=debtor, now=NOW)
    thread.answer(debtor=debtor, by=make_staff(), body=WORDS[1], now=NOW)


def test_neither_side_of_a_thread_is_readable_in_the_database(db):
    write_both()
    assert not any(words in body for words in WORDS for body in stored())
    assert {message.body for message in ThreadMessage.objects.all()} == set(WORDS)


@pytest.mark.one_engine  # the locking up is our own
def test_what_was_written_before_is_locked_up_and_can_be_opened_again(committed_db):
    write_both()
    MigrationExecutor(connection).migrate(BEFORE)
    assert set(stored()) == set(WORDS)
    MigrationExecutor(connection).migrate(AFTER)
    assert not any(words in body for words in WORDS for body in stored())
    assert set(ThreadMessage.objects.values_list("body", flat=True)) == set(WORDS)
