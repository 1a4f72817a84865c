"""What a browser runs on, in a coarse word: enough for its owner to know it again, and for nobody else."""

import re
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# The first that stands in what a browser says of itself: iPads call themselves a Mac too, Android phones Linux.
_KINDS: Final = (
    ("iphone", re.compile("iPhone|iPod"), gettext_lazy("iPhone")),
    ("ipad", re.compile("iPad"), gettext_lazy("iPad")),
    ("android", re.compile("Android|HarmonyOS"), gettext_lazy("Android device")),
    ("windows", re.compile("Windows"), gettext_lazy("Windows computer")),
    ("mac", re.compile("Macintosh"), gettext_lazy("Mac")),
    ("linux", re.compile("Linux|CrOS"), gettext_lazy("Linux computer")),
)
_NAMES: Final = {name: words for name, _pattern, words in _KINDS}


def kind_of(user_agent: str) -> str:
    """A coarse word for a browser's device; `wechat` behind it where the page is read inside WeChat."""
    kind = next((name for name, pattern, _words in _KINDS if pattern.search(user_agent)), "other")
    return f"{kind} wechat" if "MicroMessenger" in user_agent else kind


def words_of(kind: str) -> str:
    name, _space, inside = kind.partition(" ")
    device = str(_NAMES.get(name, gettext_lazy("Another device")))
    return _("%(device)s, in WeChat") % {"device": device} if inside else device
