"""Names as they may be shown before their owner is known to be reading, and in staff lists."""

import unicodedata


def masked(name: str, region: str = "") -> str:
    """A name that greets its owner and tells a stranger little: 王*明, 王○明 in Taiwan, W*** Ming."""
    name = name.strip()
    star = "○" if region == "tw" else "*"
    if any(unicodedata.name(sign, "").startswith("CJK") for sign in name):
        if len(name) == 2:
            return name[0] + star
        return name[0] + star * (len(name) - 2) + name[-1] if len(name) > 2 else name
    first, _, rest = name.partition(" ")
    return f"{first[:1]}*** {rest}".strip()
