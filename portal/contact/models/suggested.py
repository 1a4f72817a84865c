import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class SuggestedReply(models.Model):
    """Words that staff may begin an answer with. They are put into the box and never sent by themselves."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=60, unique=True)
    zh_hans = models.TextField(_("words in Simplified Chinese"), max_length=2_000)
    zh_hant = models.TextField(_("words in Traditional Chinese"), max_length=2_000)
    en = models.TextField(_("words in English"), max_length=2_000)
    in_use = models.BooleanField(_("in use"), default=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("suggested reply")
        verbose_name_plural = _("suggested replies")

    def __str__(self):
        return self.name

    def words(self, language: str) -> str:
        """The words in a language of the site; English for any other."""
        return {"zh-hans": self.zh_hans, "zh-hant": self.zh_hant}.get(language, self.en)
