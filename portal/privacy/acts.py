"""What was done in a person's matter, as their copy tells it: by whom as a role, and when."""

from typing import Any

from accounts.models import Debtor, Event, User


def access_log(debtor: Debtor) -> list[dict[str, Any]]:
    """Which of staff opened the case, and when: by role."""
    return [{"at": row["at"], "by": row["by"]} for row in events(debtor) if row["act"] == "case.opened"]


def events(debtor: Debtor) -> list[dict[str, Any]]:
    """The chain of events: what was done, by whom as a role, when. Ids in an event's data say nothing to a reader."""
    found = list(Event.objects.filter(stream=f"debtor:{debtor.pk}").order_by("number"))
    ids = {one.by.removeprefix("user:") for one in found if one.by.startswith("user:")}
    staff = {f"user:{user.pk}": role(user) for user in User.objects.filter(pk__in=ids)}
    return [
        {"number": one.number, "at": one.at.isoformat(), "act": one.act, "by": staff.get(one.by, _who(one.by, debtor))}
        for one in found
    ]


def _who(by: str, debtor: Debtor) -> str:
    """Who did it, without an id: the person, a company's file, the rules, or somebody else."""
    kind, _colon, ident = by.partition(":")
    if kind == "debtor":
        return "you" if ident == str(debtor.pk) else "somebody else"
    return {"user": "staff", "helper": "somebody you trust"}.get(kind, kind)


def role(user: User) -> str:
    """A member of staff as a copy names them."""
    return f"staff: {user.role_title}" if user.role_title else "staff"
