"""What tests of the desk share: staff of each role in a browser, and a case with one of everything."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import bank_details, contacts, disputes, knocks, links, outcomes, passkeys, rules
from accounts.models import (
    BankDetailsChange,
    CheckTask,
    ContactChange,
    ContactPoint,
    Creditor,
    Debt,
    Debtor,
    Helper,
    Hold,
    Knock,
    LedgerEntry,
    Link,
    Message,
    Outcome,
    Passkey,
    PrivacyRequest,
    Respite,
    User,
)
from accounts.money import Money
from plans import agreements, asks, policies
from plans.affordability import Budget
from plans.models import Offer, Plan, PolicyVersion
from plans.terms import Request, Shape
from portal.contact import calls, thread, wordings
from portal.contact.campaigns import acts, counting
from portal.contact.campaigns.choosing import Filters
from portal.contact.models import Call, Campaign, Heard, SuggestedReply, ThreadMessage, Upload, WordingVersion
from portal.documents import issue
from portal.documents.models import Document
from portal.privacy import fixing
from portal.sign_in import totp
from tests.factories import (
    NOW,
    TODAY,
    give_facts,
    make_contact,
    make_creditor,
    make_debt,
    make_debtor,
    make_entry,
    make_helper,
    make_policy,
    make_staff,
)
from tests.portal.hostile_files import make_upload

LANGUAGES = wordings.LANGUAGES
ROLES = ("agent", "supervisor", "auditor", "root")
# A transaction's beginning and end are no questions to the database.
NO_QUESTION = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


def make_role(role: str, **values) -> User:
    """A staff member with a second factor: in one of the roles, or "root", who may do everything."""
    user = make_staff(is_superuser=role == "root", **values)
    if role != "root":
        user.groups.add(Group.objects.get(name=role))
    totp.give(user)
    return user


def at_desk(user: User, language: str = "en") -> Client:
    """A browser in which this staff member has signed in."""
    client = Client()
    client.force_login(user)
    session = client.session
    session["signed_in_at"] = session["seen_at"] = int(NOW.timestamp())
    session.save()
    client.cookies["language"] = language
    return client


def desk_of(role: str) -> Client:
    return at_desk(make_role(role))


def asked(
    debt: Debt, *, instalment: int = 100_000, left: int | None = None, note: str = "", shape: Shape = Shape.EVEN
) -> Offer:
    """An ask that waits for staff; `left` is what a budget leaves each month."""
    budget = None if left is None else Budget(wages=max(left, 0), home=max(-left, 0))
    amount = Money(instalment, debt.currency) if shape is Shape.EVEN else None
    request = Request(shape=shape, first_on=TODAY + timedelta(days=10), instalment=amount)
    return asks.send(
        debt=debt, request=request, budget=budget, by=debt.debtor, key=uuid.uuid4(), now=NOW, today=TODAY, note=note
    )


def agreed(debt: Debt) -> Plan:
    request = Request(shape=Shape.FULL, first_on=TODAY + timedelta(days=10), instalment=None)
    answered = asks.ask(debt=debt, request=request, budget=None, by=debt.debtor, key=uuid.uuid4(), now=NOW, today=TODAY)
    (offer,) = answered.offers
    return agreements.accept(
        offer=offer,
        version=offer.version,
        balance_seen=debt.balance,
        by=debt.debtor,
        key=uuid.uuid4(),
        language="en",
        now=NOW,
        today=TODAY,
    )


@dataclass
class Desk:
    """One person, and one row of everything that staff may look at."""

    creditor: Creditor
    debtor: Debtor
    debt: Debt
    ask: Offer
    plan: Plan
    hold: Hold
    upload: Upload
    outcome: Outcome
    task: CheckTask
    contact: ContactPoint
    link: Link
    helper: Helper
    passkey: Passkey
    knock: Knock
    written: ThreadMessage
    heard: Heard
    message: Message
    version: PolicyVersion
    entry: LedgerEntry
    paper: Document
    record: Document
    words: WordingVersion
    bank: BankDetailsChange
    campaign: Campaign
    call: Call
    suggested: SuggestedReply
    fix: PrivacyRequest
    changed: ContactChange
    others: list[Debtor] = field(default_factory=list)


def make_desk(rows: int = 1, **ask) -> Desk:
    """A case with `rows` debts, messages and holds beside the one that is named."""
    creditor = make_creditor()
    make_policy(creditor)
    debtor = give_facts(make_debtor(creditor=creditor, language="en", name="王小明"))
    contact = make_contact(debtor)
    debt = make_debt(creditor=creditor, debtor=debtor)
    entry = make_entry(debt, amount_minor=-1, kind="adjustment")
    planned = [make_debt(creditor=creditor, debtor=debtor) for _ in range(rows)]
    plan = [agreed(one) for one in planned][-1]
    law = rules.law_for(creditor.region, TODAY)
    for number in range(rows):
        written = thread.write(debtor=debtor, body=f"May I start later? {number}", key=uuid.uuid4(), by=debtor, now=NOW)
        hold = disputes.dispute(
            debtor=debtor,
            creditor=creditor,
            debt=planned[number],
            reason="paid",
            note="In June.",
            key=uuid.uuid4(),
            law=law,
            by=debtor,
            today=TODAY,
            now=NOW,
        )
        link, _token = links.make(
            debtor=debtor, creditor=creditor, channel="sms", contact=contact, by="command", now=NOW
        )
        knock = knocks.ask_for_help(link=link, choice="no_code", name="Ming", reach="0912", language="en", now=NOW)
    told = {"told_by": "Legal Aid", "received_on": TODAY, "started_on": TODAY}
    Respite.objects.create(hold=hold, trigger="pre_court_negotiation_request", law=law.name, **told)
    blocked = make_contact(debtor, blocked_at=NOW - timedelta(days=1), blocked_reason=knocks.BLOCKED)
    version = policies.write(creditor=creditor, currency="TWD", starts_on=TODAY, by=None, now=NOW)
    return Desk(
        creditor=creditor,
        debtor=debtor,
        debt=debt,
        ask=asked(debt, **ask),
        plan=plan,
        hold=hold,
        upload=make_upload(hold=hold),
        outcome=proposed(disputed(make_debt(creditor=creditor)), 100),
        task=[CheckTask.objects.create(hold=hold, kind=kind) for kind in CheckTask.Kind][-1],
        contact=blocked,
        helper=make_helper(debtor),
        passkey=passkeys.add(debtor=debtor, credential_id=b"1", credential=b"1", sign_count=0, now=NOW),
        link=link,
        knock=knock,
        written=written,
        heard=answered(contact, rows),
        message=Message.objects.filter(debtor=debtor).order_by("created_at", "pk").first(),
        version=version,
        entry=entry,
        words=make_words(),
        paper=issue.ask_for_agreement(plan=plan, language="en", by=debtor, now=NOW),
        record=issue.ask_for_record(debtor=debtor, language="en", by=make_staff(), now=NOW),
        bank=other_bank(creditor),
        campaign=make_campaign(creditor),
        call=make_call(debtor, creditor),
        suggested=make_suggested(),
        fix=corrections(debtor, rows),
        changed=new_phone(debtor),
    )


def corrections(debtor: Debtor, rows: int) -> PrivacyRequest:
    """So many corrections this person asked for; the last one."""
    asked = {"debtor": debtor, "about": "name", "by": debtor, "now": NOW}
    return [fixing.ask(words=f"It is Ming {one}.", key=uuid.uuid4(), **asked) for one in range(rows)][-1]


def new_phone(debtor: Debtor) -> ContactChange:
    """A number that the person has added, too long ago to be taken back."""
    then, address = NOW - timedelta(days=8), "+886912000999"
    change = contacts.ask(debtor=debtor, channel="sms", address=address, replaces=None, by=debtor, now=then)
    contacts.put_in_force(change=change, by=debtor, now=then)
    return change


def disputed(debt: Debt) -> Hold:
    """One more check of this debt, which the person asks for."""
    about = {"creditor": debt.creditor, "debt": debt, "by": debt.debtor, "today": TODAY, "now": NOW}
    law = rules.law_for(debt.creditor.region, TODAY)
    return disputes.dispute(debtor=debt.debtor, reason="other", note="", key=uuid.uuid4(), law=law, **about)


def proposed(hold: Hold, minor: int) -> Outcome:
    """What somebody proposes the check came to: so much is taken off."""
    about = {"debt": hold.debt, "corrected": Money(minor, hold.debt.currency), "why": "You paid.", "now": NOW}
    return outcomes.propose(hold=hold, result="upheld", by=make_staff(), **about)


def answered(contact: ContactPoint, rows: int) -> Heard:
    """So many texts from this number; the last one."""
    told = {"gateway": "twilio", "kind": "reply", "contact": contact, "debtor": contact.debtor, "body": "Hello"}
    return [Heard.objects.create(**told, event_id=str(uuid.uuid4()), at=NOW, heard_at=NOW) for _ in range(rows)][-1]


def make_call(debtor: Debtor, creditor: Creditor, *, starts_at: datetime = NOW + timedelta(days=1)) -> Call:
    """A call that the person asked for: tomorrow at noon, unless said otherwise."""
    number = make_contact(debtor)
    return calls.ask(
        debtor=debtor,
        creditor=creditor,
        starts_at=starts_at,
        contact=number,
        number="",
        topic="About my plan.",
        language="en",
        by=debtor,
        key=uuid.uuid4(),
        now=NOW,
    )


def make_suggested() -> SuggestedReply:
    words = {"zh_hans": "谢谢您告诉我们。", "zh_hant": "謝謝您告訴我們。", "en": "Thank you for telling us."}
    return SuggestedReply.objects.create(name=f"Thanks {uuid.uuid4().hex[:6]}", **words)


def make_campaign(creditor: Creditor) -> Campaign:
    """A draft to everybody who owes this creditor something, counted."""
    hours = {"starts_at": NOW, "ends_at": NOW + timedelta(days=2)}
    words = {"name": "Autumn", "wording": "first_contact", "channels": ["sms"]}
    made = acts.write(creditor=creditor, filters=Filters(), by=make_staff(), now=NOW, **words, **hours)
    return counting.count(campaign_id=made.pk, now=NOW)


def other_bank(creditor: Creditor, by: User | None = None, **given) -> BankDetailsChange:
    """Another account number for a creditor, proposed and not approved."""
    details = bank_details.details(creditor)
    proposed = details | {"bank_account": "000-999999-99"} | given
    seen = bank_details.mark(creditor)
    return bank_details.propose(creditor=creditor, given=proposed, by=by or make_staff(), now=NOW, seen=seen)


def words_of(name: str, **changes: str) -> dict[str, dict[str, str]]:
    """The shipped words, with `form__language` changed (`sms__zh_hans` for the text in zh-hans)."""
    forms = wordings.NAMES[name].forms
    texts = {language: {form: wordings.shipped(name, language, form) for form in forms} for language in LANGUAGES}
    for key, text in changes.items():
        form, language = key.split("__")
        texts[language.replace("_", "-")][form] = text
    return texts


def make_words(*, by: User | None = None, name: str = "new_message", base: int = 0, **changes: str) -> WordingVersion:
    """A draft of other words, written by a new staff member."""
    texts = words_of(name, **changes or {"sms__en": "{sender}: we wrote back. Read it: {link}"})
    return wordings.write(name=name, texts=texts, base=base, by=by or make_staff(), now=NOW)


def questions(act) -> list[str]:
    """What it asks the database, without the marks of transactions."""
    with CaptureQueriesContext(connection) as captured:
        act()
    return [one["sql"] for one in captured if not one["sql"].lstrip().upper().startswith(NO_QUESTION)]
