"""A second look at words to a person, where the law forbids to threaten with court over what may be too old."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.rules import wording
from portal.forms import PageForm

SUIT_THREAT: Final = "suit_threat_time_barred"


class SecondLook(PageForm):
    """A form with words for the person in the field `looked_at`.

    Where they are `barred` (`accounts.limitation.no_suit_threat`) and speak of a court, nothing is sent until somebody
    ticks that they are no threat: to say that nobody will go to court is allowed.
    """

    looked_at = ""
    no_threat = forms.BooleanField(
        label=gettext_lazy("These words do not threaten with court: send them as they are"), required=False
    )

    def __init__(self, *args: Any, barred: bool = False, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.barred, self.found = barred, list[str]()
        self.order_fields([*(name for name in self.fields if name != "no_threat"), "no_threat"])

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if self.barred:
            words = wording.found_in(values.get(self.looked_at, ""), [SUIT_THREAT])
            self.found = list(dict.fromkeys(words))
        if self.found and not values.get("no_threat"):
            sentence = _(
                "These words speak of a court: %(words)s. This may be too old to be taken there, and the law forbids "
                "to threaten with it. Say it otherwise, or tick below that it is no threat."
            )
            self.add_error(self.looked_at, sentence % {"words": ", ".join(self.found)})
        return values

    @property
    def despite(self) -> tuple[str, ...]:
        """The words of a court that are sent because somebody ticked; the act that sends them logs it."""
        return tuple(self.found)
