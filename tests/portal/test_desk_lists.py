"""The desk's lists: found by how things begin, and never a way to read a hidden fact (security: M8)."""

import pytest
from django.contrib import admin
from django.db import transaction
from django.urls import reverse

from accounts import outbox
from accounts.crypto import blind_index
from accounts.models import Debtor, LedgerEntry, Message
from tests.factories import NOW, make_contact, make_creditor, make_debt, make_debtor
from tests.portal.desk import desk_of, questions
from tests.portal.test_desk_roles import LISTS

LISTED = [reverse(f"admin:{model.replace('.', '_')}_changelist") for model in LISTS]
# Each of them would answer letter by letter what is in a column that no page shows.
LOOKUPS = [
    "birth_date_hash__startswith=a",
    "debtor__birth_date_hash__startswith=a",
    "debt__debtor__id_last4_hash__regex=^a",
    "id_last4_hash=",
    "postcode_hash__gt=5",
    "customer_number_hash__isnull=0",
    "contacts__address_index__startswith=a",
    "debtor__contacts__address__contains=9",
    "token_hash__startswith=a",
    "links__token_hash__startswith=a",
    "link__token_hash__startswith=a",
    "body__contains=http",
    "key__startswith=a",
    "hash__startswith=a",
    "password__startswith=md5",
    "staff__password__startswith=md5",
    "created_by__password__regex=^p",
    "answered_by__password__startswith=p",
    "approved_by__email__startswith=a",
    "user__password__startswith=p",
    "authenticator__data__contains=secret",
    "name__startswith=王",
    "debtor__name__startswith=王",
    "events__data__contains=x",
    "ordering=password",
    "debtor=1",
    "state__in=open,closed",
    "state__regex=(a%2B)%2B$",
    "kind__contains=p",
    "creditor__name__startswith=S",
    "creditor__id__in=1,2",
    "created_at__gte=2020-01-01",
    "state__exact=" + "open" * 50,
    "state__exact=a%00b",
    "id__in=" + ",".join(map(str, range(20_000))),
    "__class__=1",
    "pk=1",
    "nothing=1",
]
# Known to Django and harmless: the list as it is, or the list once more without them.
ODD = [
    "o=99.-99.x",
    "o=1.2.-3",
    "o=" + "1." * 1000,
    "_facets=1",
    "q=' OR 1=1--",
    "q=%25' ESCAPE '",
    "q=%5C",
    "q=" + "王" * 3000,
    "q=%00",
    "q=%ED%A0%80",
    "q=%F0%9F%98%80",
]
# The same, and whatever the list holds: each list is asked every third.
ODD_ANYWHERE = ["p=-1", "p=99999999999999999999", "p=x", "all=1", "e=1", "_popup=1", "_source_model=accounts.user"]
# A filter of some lists, with an answer it does not have: refused by the others.
ELSEWHERE = ["open=maybe", "waiting=maybe", "age=x", "language=x", "about=x"]


@pytest.fixture
def root(desk):
    return desk_of("root")


@pytest.mark.one_engine
def test_no_filter_reads_a_hidden_fact(root):
    allowed = {
        (path, query): status
        for path in LISTED
        for query in LOOKUPS
        if (status := root.get(f"{path}?{query}").status_code) != 400
    }
    assert allowed == {}


@pytest.mark.one_engine
def test_hidden_columns_are_no_key_of_a_pop_up(root):
    for query in ("_to_field=birth_date_hash", "_to_field=password", "_to_field=token_hash&_popup=1", "_to_field=x"):
        assert {root.get(f"{path}?{query}").status_code for path in LISTED} == {400}


def test_odd_questions_are_no_failure(root):
    asked = [(path, query) for nth, path in enumerate(LISTED) for query in [*ODD, *ODD_ANYWHERE[nth % 3 :: 3]]]
    answers = {(path, query): root.get(f"{path}?{query}").status_code for path, query in asked}
    assert {key: status for key, status in answers.items() if status not in {200, 302}} == {}
    answers = {(path, query): root.get(f"{path}?{query}").status_code for path in LISTED for query in ELSEWHERE}
    assert {key: status for key, status in answers.items() if status not in {200, 400}} == {}


@pytest.mark.every_engine
@pytest.mark.parametrize("row", ["-1", "x", "%00", "99999999999999999999999", "a_b", "王", "0" * 300])
def test_a_row_that_is_not_there_is_said_to_be_away(root, row):
    answers = {path: root.get(f"{path}{row}/change/").status_code for path in LISTED}
    assert {path: status for path, status in answers.items() if status not in {302, 404}} == {}


def test_each_shown_filter_answers_and_stays_within_twelve_questions(root):
    for model, screen in admin.site._registry.items():
        path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for lookup in screen._allowed():
            values = {"debt__id__exact": "00000000-0000-4000-8000-000000000000"}
            field = lookup.split("__")[0]
            choices = (
                screen.model._meta.get_field(field).choices if "__exact" in lookup and "id" not in lookup else None
            )
            value = values.get(lookup) or (choices[0][0] if choices else "yes" if "__" not in lookup else "1")
            asked = questions(lambda: root.get(f"{path}?{lookup}={value}"))
            assert len(asked) <= 12, (path, lookup)


@pytest.mark.every_engine
@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("李", 1),
        ("李小明", 1),
        ("小明", 0),
        ("P-1", 1),
        ("D-77", 1),
        ("0912345678", 1),
        ("+886912345678", 1),
    ],
)
def test_people_are_found_by_beginnings_and_whole_numbers(db, clock, term, found):
    creditor = make_creditor()
    debtor = make_debtor(name="李小明")
    debtor.refs.create(creditor=creditor, debtor_ref="P-1001")
    make_debt(creditor=creditor, debtor=debtor, debt_ref="D-7788")
    make_contact(debtor, address="+886912345678", address_index=blind_index("sms", "+886912345678"))
    make_debtor(name="林美玲")
    page = desk_of("agent").get(reverse("admin:accounts_debtor_changelist"), {"q": term})
    assert page.context["cl"].result_count == found


def test_lists_of_people_show_no_whole_name(root):
    page = root.get(reverse("admin:accounts_debtor_changelist")).content.decode()
    assert "王*明" in page
    assert "王小明" not in page


def test_live_links_and_codes_are_never_shown(db, clock):
    debtor = make_debtor()
    contact = make_contact(debtor)
    url = "http://localhost/r/ABCDEFGHJKLMNPQRSTUVWX"
    with transaction.atomic():
        message = outbox.queue(
            key="k", debtor=debtor, contact=contact, purpose="reminder", template="first_contact", now=NOW,
            context={"link": url, "creditor": "Starbridge"},
        )  # fmt: skip
    client = desk_of("root")
    page = reverse("admin:accounts_message_change", args=[message.pk])
    for state in Message.State.values:
        Message.objects.filter(pk=message.pk).update(state=state, sent_at=NOW if state == "sent" else None)
        shown = (
            client.get(page).content.decode()
            + client.get(reverse("admin:accounts_message_changelist")).content.decode()
        )
        assert "ABCDEFGHJKLMNPQRSTUVWX" not in shown, state
    assert contact.address not in shown


def test_facts_cannot_be_written(root):
    """A form's extra fields, and forms for what has none, change nothing."""
    before = [list(model.objects.order_by("pk").values()) for model in (Debtor, LedgerEntry, Message)]
    sent = {"name": "X", "balance_minor": "1", "is_superuser": "on", "body": "x", "birth_date_hash": "x", "_save": "1"}
    for model in (Debtor, LedgerEntry, Message):
        row = model.objects.order_by("pk").first()
        path = reverse(f"admin:accounts_{model._meta.model_name}_change", args=[row.pk])
        assert root.post(path, sent).status_code in {403, 405}
        assert root.post(f"{path}../delete/", {"post": "yes"}).status_code in {403, 404}
        action = {"action": "delete_selected", "select_across": "1", "_selected_action": [row.pk], "post": "yes"}
        listed = reverse(f"admin:accounts_{model._meta.model_name}_changelist")
        assert root.post(listed, action).status_code == 200
    assert [list(model.objects.order_by("pk").values()) for model in (Debtor, LedgerEntry, Message)] == before


def test_a_creditors_extra_fields_are_ignored(root):
    creditor = make_creditor()
    path = reverse("admin:accounts_creditor_change", args=[creditor.pk])
    sent = {
        "name": creditor.name,
        "region": "tw",
        "actor": "agent",
        "time_zone": "Asia/Taipei",
        "reply_days": "5",
        "calls_an_hour": "3",
    }
    root.post(path, sent | {"created_at_0": "2000-01-01", "created_at_1": "00:00", "id": "1"})
    made = creditor.created_at
    creditor.refresh_from_db()
    assert (creditor.reply_days, creditor.created_at) == (5, made)


def test_a_time_zone_that_is_none_is_said_and_kept(root):
    sent = {
        "name": "New Bank",
        "region": "tw",
        "actor": "agent",
        "time_zone": "Asia/Nowhere",
        "reply_days": "5",
        "calls_an_hour": "3",
    }
    answer = root.post(reverse("admin:accounts_creditor_add"), sent)
    assert answer.status_code == 200
    assert "Not a time zone" in answer.content.decode()
    assert "Asia/Nowhere" in answer.content.decode()
