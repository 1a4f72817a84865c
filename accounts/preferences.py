"""What a person has chosen for all of their visits: the language of texts and e-mails, and amounts shown or hidden."""

from datetime import datetime

from django.db import transaction

from accounts import history
from accounts.locking import lock
from accounts.models import Debtor


@transaction.atomic
def change(
    *,
    debtor: Debtor,
    by: history.Actor,
    now: datetime,
    language: str | None = None,
    hide_amounts: bool | None = None,
) -> None:
    """Keep what is given and record it; what was so already is no change."""
    given = {"language": language, "hide_amounts": hide_amounts}
    chosen = {name: value for name, value in given.items() if value is not None}
    lock(Debtor, debtor.pk)
    if Debtor.objects.filter(pk=debtor.pk).exclude(**chosen).update(**chosen):
        history.record(by=by, act="preferences.changed", on=debtor, debtor=debtor, now=now, data=chosen)
