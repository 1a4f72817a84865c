"""Which region's law a time zone lies in, for a creditor that only its file has named so far."""

from zoneinfo import available_timezones

_EU_CITIES = """
    Amsterdam Athens Berlin Bratislava Brussels Bucharest Budapest Busingen Copenhagen Dublin Helsinki Lisbon Ljubljana
    Luxembourg Madrid Malta Mariehamn Nicosia Paris Prague Riga Rome Sofia Stockholm Tallinn Vienna Vilnius Warsaw
    Zagreb
"""
_US_CITIES = """
    Adak Anchorage Boise Chicago Denver Detroit Juneau Los_Angeles Menominee Metlakatla New_York Nome Phoenix Sitka
    Yakutat Indianapolis Louisville
"""
_OF_ZONE = {
    **dict.fromkeys(["Asia/Shanghai", "Asia/Urumqi", "Asia/Chongqing", "Asia/Harbin", "PRC"], "cn"),
    **dict.fromkeys(["Asia/Taipei", "ROC"], "tw"),
    **dict.fromkeys(["Asia/Hong_Kong", "Hongkong"], "hk"),
    **dict.fromkeys(["Europe/London", "Europe/Belfast", "GB"], "uk"),
    **dict.fromkeys(["Asia/Nicosia", "Atlantic/Azores", "Atlantic/Canary", "Atlantic/Madeira", "Africa/Ceuta"], "eu"),
    **{f"Europe/{city}": "eu" for city in _EU_CITIES.split()},
    **{f"America/{city}": "us" for city in _US_CITIES.split()},
    "Pacific/Honolulu": "us",
}
_OF_AREA = {"US": "us", "America/Indiana": "us", "America/Kentucky": "us", "America/North_Dakota": "us"}
LANGUAGES = {"cn": "zh-hans", "tw": "zh-hant", "hk": "zh-hant"}
ZONES = frozenset(available_timezones())
# Countries of one zone, by the code their numbers begin with.
_OF_PHONE = {
    "+30": "Europe/Athens",
    "+353": "Europe/Dublin",
    "+44": "Europe/London",
    "+852": "Asia/Hong_Kong",
    "+86": "Asia/Shanghai",
    "+886": "Asia/Taipei",
}


def region_of(time_zone: str) -> str | None:
    """cn, tw, hk, us, uk or eu for an IANA name; None where no rules of ours hold (Asia/Macau, Asia/Tokyo …)."""
    return _OF_ZONE.get(time_zone) or _OF_AREA.get(time_zone.rpartition("/")[0])


def zone_of_phone(number: str) -> str | None:
    """The zone of the country a number in international form belongs to; None where the country has several."""
    return next((zone for code, zone in _OF_PHONE.items() if number.startswith(code)), None)


def language_of(time_zone: str) -> str:
    """The language most people there read, for a row that names none."""
    if time_zone == "Asia/Macau":
        return "zh-hant"
    return LANGUAGES.get(region_of(time_zone) or "", "en")
