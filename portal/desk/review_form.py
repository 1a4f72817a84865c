"""What staff may answer to an ask: terms, a pause, a question; each with words for the person."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from portal.contact import thread
from portal.desk.second_look import SecondLook

AS_ASKED = "asked"
REASON = gettext_lazy("Reason, as the person will read it")


class SuggestForm(SecondLook):
    """Which of the terms, and why in words. The version says which state of the ask was on the screen."""

    looked_at = "note"

    choice = forms.CharField(max_length=64, widget=forms.HiddenInput)  # AS_ASKED, or the hash of the terms suggested
    version = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)
    note = forms.CharField(label=REASON, max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 4}))

    def __init__(self, *args: Any, number: int = 0, **kwargs: Any):
        super().__init__(*args, auto_id=f"id_%s_{number}", **kwargs)


class PauseForm(SecondLook):
    looked_at = "note"
    days = forms.ChoiceField(label=gettext_lazy("How many days"))
    version = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)
    note = forms.CharField(label=REASON, max_length=thread.LONGEST, widget=forms.Textarea(attrs={"rows": 4}))

    def __init__(self, *args: Any, lengths: tuple[int, ...], version: int, **kwargs: Any):
        super().__init__(*args, auto_id="id_%s_pause", initial={"version": version}, **kwargs)
        self.fields["days"].choices = [(str(days), str(days)) for days in lengths]


class QuestionForm(SecondLook):
    looked_at = "body"
    body = forms.CharField(
        label=gettext_lazy("Your question"), max_length=thread.LONGEST, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, auto_id="id_%s_question", **kwargs)
