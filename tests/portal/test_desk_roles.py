"""Who may open and do what at the desk: every address × every role × GET and POST. An address without a row fails."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import URLPattern, reverse

from accounts.models import Event, Session, User
from tests.portal.desk import ROLES, Desk, at_desk, desk_of, make_desk, make_role, questions

pytestmark = pytest.mark.one_engine  # about roles and addresses

ALL = set(ROLES)
WRITERS = {"agent", "supervisor", "root"}
LEADERS = {"supervisor", "root"}
EXPORTERS = {"supervisor", "auditor", "root"}
# To the case; to the page, while the file is being made; to the codes of the version that stands.
LEADS_ON = {"case_of_debtor", "record_pdf", "wording_shipped"}
MOST_QUERIES = 12

# Our own pages: who may open it (GET), who may do it (POST), and what an empty form then gets. None: not that method.
OWN = {
    "case": (ALL, None, 0),
    "case_of_debtor": (ALL, None, 0),
    "timeline": (ALL, None, 0),
    "ways_in": (ALL, None, 0),
    "review": (ALL, None, 0),
    "inbox": (ALL, None, 0),
    "calls": (ALL, None, 0),
    "call": (ALL, WRITERS, 422),
    "hold": (WRITERS, WRITERS, 422),
    "notice": (WRITERS, WRITERS, 422),
    "respite": (ALL, None, 0),
    "respite_step": (None, WRITERS, 422),
    "log": (WRITERS, WRITERS, 422),
    "write": (WRITERS, WRITERS, 422),
    "why_not": (ALL, None, 0),
    "record": (EXPORTERS, EXPORTERS, 422),
    "record_pdf": (EXPORTERS, None, 0),
    "record_csv": (EXPORTERS, None, 0),
    "funnel": (ALL, None, 0),
    "funnel_csv": (ALL, None, 0),
    "kindness": (ALL, None, 0),
    "kindness_csv": (ALL, None, 0),
    "timing": (ALL, None, 0),
    "timing_switch": (None, LEADERS, 302),
    "campaigns": (ALL, None, 0),
    "campaign_new": (WRITERS, WRITERS, 422),
    "campaign": (ALL, None, 0),
    "campaign_people": (ALL, None, 0),
    "campaign_count": (None, WRITERS, 302),
    "campaign_approve": (None, LEADERS, 302),
    "campaign_stop": (None, LEADERS, 302),
    "campaign_follow": (WRITERS, WRITERS, 422),
    "policy_new": (LEADERS, LEADERS, 422),
    "case_answer": (None, WRITERS, 422),
    "hold_end": (None, WRITERS, 302),
    "review_suggest": (None, WRITERS, 422),
    "review_pause": (None, WRITERS, 422),
    "review_ask": (None, WRITERS, 422),
    "revoke": (None, WRITERS, 302),
    "helper_end": (None, WRITERS, 302),
    "passkey_remove": (None, WRITERS, 302),
    "knock_answered": (None, WRITERS, 302),
    "heard_read": (None, WRITERS, 302),
    "message_settle": (None, WRITERS, 302),
    "contact_set": (LEADERS, LEADERS, 422),
    "contact_take": (None, LEADERS, 302),
    "contact_undo": (None, LEADERS, 302),
    "requests": (ALL, None, 0),
    "fix": (ALL, None, 0),
    "fix_answer": (None, WRITERS, 422),
    "unlock": (None, LEADERS, 302),
    "unblock": (None, LEADERS, 302),
    "contact_stop": (None, WRITERS, 302),
    "contact_at_work": (None, LEADERS, 302),
    "policy_approve": (None, LEADERS, 302),
    "bank": (LEADERS, LEADERS, 422),
    "bank_approve": (None, LEADERS, 302),
    "bank_drop": (None, LEADERS, 302),
    "wordings": (ALL, None, 0),
    "wording": (ALL, LEADERS, 200),  # looked at, not kept
    "wording_look": (None, LEADERS, 404),  # of no box
    "wording_shipped": (LEADERS, LEADERS, 409),  # beside a version
    "wording_approve": (None, LEADERS, 302),
    "wording_withdraw": (None, LEADERS, 302),
    "wording_gateways": (LEADERS, LEADERS, 409),  # of a version that was withdrawn before
    "upload": (ALL, None, 0),
    "upload_remove": (None, WRITERS, 404),  # a person's file is theirs to remove
    "checks": (ALL, None, 0),
    "check": (ALL, WRITERS, 422),
    "outcome_approve": (None, LEADERS, 302),
    "outcome_drop": (None, WRITERS, 302),
    "outcome_tick": (None, WRITERS, 302),
    "forget_factor": (None, {"root"}, 302),
}
# The lists: who may look, and who may write in the form (the others get 403 for it).
LISTS = {
    "accounts.creditor": (ALL, LEADERS),
    "accounts.debt": (ALL, set()),
    "accounts.debtor": (ALL, set()),
    "accounts.event": ({"supervisor", "auditor", "root"}, set()),
    "accounts.hold": (ALL, set()),
    "accounts.knock": (ALL, set()),
    "accounts.ledgerentry": (ALL, set()),
    "accounts.link": (ALL, set()),
    "accounts.message": (ALL, set()),
    "accounts.user": ({"auditor", "root"}, {"root"}),
    "contact.heard": (ALL, set()),
    "contact.suggestedreply": (ALL, LEADERS),
    "contact.threadmessage": (ALL, set()),
    "documents.document": (ALL, set()),
    "plans.offer": (ALL, set()),
    "plans.plan": (ALL, set()),
    "plans.policyversion": (ALL, set()),
}
# What Django's admin brings along: the answers to GET and POST, the same for everybody at the desk.
DJANGO = {
    "index": (200, 200),
    "login": (302, 302),
    "logout": (405, 200),
    "password_change": (200, 200),
    "password_change_done": (200, 405),
    "autocomplete": (403, 405),
    "jsi18n": (200, 405),
    "view_on_site": (404, 404),
    "app_list": (200, 200),
    None: (404, 404),
}


def _patterns(patterns) -> list[URLPattern]:
    found = []
    for one in patterns:
        found += [one] if isinstance(one, URLPattern) else _patterns(one.url_patterns)
    return found


NAMES = {one.name for one in _patterns(admin.site.urls[0])}


def own_url(name: str, desk: Desk) -> str:
    person = desk.debtor.pk
    rows = {
        "hold_end": [person, desk.hold.pk],
        "respite": [person, desk.hold.pk],
        "respite_step": [person, desk.hold.pk],
        "unblock": [person, desk.contact.pk],
        "contact_stop": [person, desk.contact.pk],
        "contact_at_work": [person, desk.contact.pk],
        "revoke": [person, desk.link.pk],
        "helper_end": [person, desk.helper.pk],
        "passkey_remove": [person, desk.passkey.pk],
        "knock_answered": [desk.knock.pk],
        "heard_read": [desk.heard.pk],
        "message_settle": [desk.message.pk],
        "contact_take": [person, desk.contact.pk],
        "contact_undo": [person, desk.changed.pk],
        "requests": [],
        "fix": [desk.fix.pk],
        "fix_answer": [desk.fix.pk],
        "policy_new": [],
        "record_pdf": [desk.record.pk],
        "record_csv": [desk.record.pk],
        "inbox": [],
        "calls": [],
        "call": [desk.call.pk],
        "funnel": [],
        "funnel_csv": [],
        "timing": [],
        "kindness": [],
        "kindness_csv": [],
        "timing_switch": [desk.creditor.pk],
        "campaigns": [],
        "campaign_new": [],
        "forget_factor": [User.objects.filter(is_staff=True).order_by("is_superuser", "email").first().pk],
        "policy_approve": [desk.version.pk],
        "wordings": [],
        "wording": [desk.words.name],
        "wording_look": [desk.words.name],
        "wording_shipped": [desk.words.name],
        "upload": [desk.upload.pk],
        "upload_remove": [desk.upload.pk],
        "checks": [],
        "check": [desk.hold.pk],
        "outcome_approve": [desk.outcome.pk],
        "outcome_drop": [desk.outcome.pk],
        "outcome_tick": [desk.task.pk],
        "bank": [desk.creditor.pk],
        "bank_approve": [desk.bank.pk],
        "bank_drop": [desk.bank.pk],
    }
    if name.startswith("wording_") and name not in rows:
        rows[name] = [desk.words.pk]
    if name.startswith("campaign") and name not in rows:
        rows[name] = [desk.campaign.pk]
    args = [desk.ask.pk] if name.startswith("review") else rows.get(name, [person])
    return reverse(f"admin:{name}", args=args)


def row_of(model: str, desk: Desk):
    rows = {
        "accounts.creditor": desk.creditor,
        "accounts.debt": desk.debt,
        "accounts.debtor": desk.debtor,
        "accounts.event": Event.objects.order_by("number").first(),
        "accounts.hold": desk.hold,
        "accounts.knock": desk.knock,
        "accounts.ledgerentry": desk.entry,
        "accounts.link": desk.link,
        "accounts.message": desk.message,
        "accounts.user": User.objects.filter(is_staff=True).order_by("pk").first(),
        "contact.heard": desk.heard,
        "contact.suggestedreply": desk.suggested,
        "contact.threadmessage": desk.written,
        "documents.document": desk.paper,
        "plans.offer": desk.ask,
        "plans.plan": desk.plan,
        "plans.policyversion": desk.version,
    }
    return rows[model]


def list_url(model: str, page: str, desk: Desk) -> str:
    name = f"admin:{model.replace('.', '_')}_{page}"
    return reverse(name, args=[] if page in {"changelist", "add"} else [row_of(model, desk).pk])


def list_answers(model: str, page: str, role: str) -> tuple[int, int]:
    """What GET and POST get."""
    readers, writers = LISTS[model]
    if page == "delete" or role not in readers:
        return 403, 403
    if page == "add":
        return (200, 200) if role in writers else (403, 403)
    if page == "change":
        opened = 302 if model == "accounts.debtor" else 200  # a person's page is the case
        return opened, 405 if model == "accounts.debtor" else (200 if role in writers else 403)
    return 200, 200


def own_answers(name: str, role: str) -> tuple[int, int]:
    readers, writers, done = OWN[name]
    opened = 302 if name in LEADS_ON else 200
    get = 405 if readers is None else opened if role in readers else 403
    post = 405 if writers is None else done if role in writers else 403
    return get, post


def django_url(name: str | None, desk: Desk) -> str:
    if name is None:
        return "/desk/there-is-no-such-page"
    args = {"app_list": ["accounts"], "view_on_site": [1, 1]}.get(name, [])
    return reverse(f"admin:{name}", args=args)


def addresses(desk: Desk) -> dict[tuple, str]:
    found = {(name,): own_url(name, desk) for name in OWN}
    found |= {
        (model, page): list_url(model, page, desk)
        for model in LISTS
        for page in ("changelist", "add", "change", "history", "delete")
    }
    user = row_of("accounts.user", desk).pk
    found["accounts.user", "password"] = reverse("admin:auth_user_password_change", args=[user])
    found |= {(name, "django"): django_url(name, desk) for name in DJANGO if name != "logout"}
    return found


def expected(key: tuple, role: str) -> tuple[int, int]:
    if len(key) == 1:
        return own_answers(key[0], role)
    if key[1] == "django":
        return DJANGO[key[0]]
    if key[1] == "password":
        return (200, 200) if role == "root" else (403, 403)
    return list_answers(*key, role)


def test_every_address_of_the_desk_has_a_row():
    pages = ("changelist", "add", "change", "history", "delete")
    lists = {f"{model.replace('.', '_')}_{page}" for model in LISTS for page in pages}
    assert NAMES - {"auth_user_password_change"} == {*OWN, *lists, *DJANGO}


def test_staff_see_our_rooms_alone():
    registered = {f"{model._meta.app_label}.{model._meta.model_name}" for model in admin.site._registry}
    assert registered == set(LISTS)


@pytest.mark.parametrize("role", ROLES)
def test_each_role_opens_and_does_what_it_may(role, db, clock):
    desk, client = make_desk(), desk_of(role)
    make_role("agent")
    urls = addresses(desk)
    answers = {key: (client.get(url).status_code, client.post(url).status_code) for key, url in urls.items()}
    wanted = {key: expected(key, role) for key in urls}
    assert {key: answers[key] for key in urls if answers[key] != wanted[key]} == {}
    assert (client.get("/desk/logout/").status_code, client.post("/desk/logout/").status_code) == DJANGO["logout"]


def test_an_auditor_writes_nothing(db, clock):
    desk, client = make_desk(), desk_of("auditor")
    client.get("/desk/")

    def rows() -> dict:
        kept = [model for model in apps.get_models() if model is not Session and model._meta.managed]
        return {model._meta.label: list(model.objects.order_by("pk").values()) for model in kept}

    before = rows()
    for url in addresses(desk).values():
        client.post(url, {"body": "x", "reason": "x", "keep": "1", "choice": "asked", "version": "1", "_save": "1"})
    assert rows() == before


@pytest.mark.parametrize(  # they open all of it, and one of them on each engine
    ("role", "rows"), [("supervisor", 3), pytest.param("root", 3, marks=pytest.mark.every_engine)]
)
def test_no_page_asks_more_than_twelve_questions(role, rows, db, clock):
    desk, client = make_desk(rows), desk_of(role)
    many = {}
    for key, url in addresses(desk).items():
        for more in ("", "?q=王") if key[-1] == "changelist" else ("",):
            found = questions(lambda: client.get(url + more))
            if len(found) > MOST_QUERIES:
                many[key, more] = found
    assert many == {}


def test_a_right_beside_the_roles_gives_nothing(db, clock):
    user = make_role("auditor")
    user.user_permissions.add(Permission.objects.get(codename="change_creditor"))
    assert not User.objects.get(pk=user.pk).has_perm("accounts.change_creditor")
    assert User.objects.get(pk=user.pk).has_perm("accounts.view_creditor")


def test_nobody_else_comes_in(db, clock, person):
    desk = make_desk()
    make_role("agent")
    for key, url in addresses(desk).items():
        visitor, debtor = Client(), person.client
        assert visitor.get(url)["Location"].startswith("/sign-in/login/"), key
        assert (debtor.get(url).status_code, debtor.post(url).status_code) == (404, 404), key


def test_staff_without_a_second_factor_reach_its_page_alone(db, clock):
    user = make_role("root")
    user.authenticator_set.all().delete()
    client = at_desk(user)
    assert client.get("/desk/")["Location"] == reverse("mfa_index")
    assert client.post("/desk/logout/")["Location"] == reverse("mfa_index")


def test_a_password_alone_never_makes_a_session(db, clock):
    """Django's own sign-in form would: it knows no second factor."""
    agent, other = at_desk(make_role("agent")), make_role("supervisor")
    answer = agent.post("/desk/login/", {"username": other.email, "password": "a long enough pass phrase"})
    assert (answer.status_code, answer["Location"]) == (302, reverse("account_login"))
    assert agent.session["_auth_user_id"] != str(other.pk)


def test_a_leaver_is_out_with_the_next_click(db, clock):
    user = make_role("supervisor")
    client = at_desk(user)
    assert client.get("/desk/").status_code == 200
    root = desk_of("root")
    url = reverse("admin:accounts_user_change", args=[user.pk])
    sent = {"email": user.email, "first_name": user.first_name, "groups": [group.pk for group in user.groups.all()]}
    assert root.post(url, sent).status_code == 302
    assert client.get("/desk/")["Location"].startswith("/sign-in/login/")
    assert Event.objects.filter(act="staff.changed", on=f"user:{user.pk}").count() == 1


def test_nobody_changes_their_own_role(db, clock):
    user = make_role("root")
    client = at_desk(user)
    url = reverse("admin:accounts_user_change", args=[user.pk])
    client.post(url, {"email": user.email, "first_name": "New"})
    user.refresh_from_db()
    assert (user.first_name, user.is_active, user.is_superuser) == ("New", True, True)


def test_a_new_staff_member_is_staff_and_an_event(db, clock):
    client = desk_of("root")
    sent = {"email": "new@pinghuan.example", "first_name": "Ann", "usable_password": "true"}
    sent |= {"password1": "a long enough pass phrase 7", "password2": "a long enough pass phrase 7"}
    assert client.post(reverse("admin:accounts_user_add"), sent).status_code == 302
    made = User.objects.get(email="new@pinghuan.example")
    assert (made.is_staff, made.is_superuser, made.debtor_id) == (True, False, None)
    assert Event.objects.filter(act="staff.added", on=f"user:{made.pk}").count() == 1


def test_a_lost_second_factor_is_removed_by_another_superuser(db, clock):
    root, user = make_role("root"), make_role("agent")
    client, theirs = at_desk(root), at_desk(user)
    forget = "/desk/staff/{}/forget-factor"
    assert client.post(forget.format(root.pk)).status_code == 403
    for _ in range(2):
        assert client.post(forget.format(user.pk)).status_code == 302
    assert theirs.get("/desk/")["Location"] == reverse("mfa_index")
    assert [event.by for event in Event.objects.filter(act="staff.factor_removed")] == [f"user:{root.pk}"]
    assert root.authenticator_set.count() == 1
