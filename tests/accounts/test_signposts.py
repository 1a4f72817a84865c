"""The operator's own bodies to turn to: in the place of those the rule files name, beside them, or none."""

from pathlib import Path

import pytest

from accounts import rules
from accounts.rules.reader import RuleFileError, read_all, with_own_signposts

FOLDER = Path(rules.__file__).parent
SHIPPED = read_all(FOLDER)
POST = """
[[hk]]
key = "{key}"
kind = "crisis"
zh_hans = "热线"
zh_hant = "熱線"
en = "A line"
phone = "1"
source = "Called"
confidence = "H"
checked_on = 2026-11-30
"""


def keys(laws, region: str = "hk") -> list[str]:
    return [post.key for post in laws[region][-1].signposts_of("crisis")]


def own(tmp_path, text: str):
    file = tmp_path / "own.toml"
    file.write_text(text, encoding="utf-8")
    return with_own_signposts(SHIPPED, file)


def test_without_a_file_the_rule_files_hold():
    assert with_own_signposts(SHIPPED, None) is SHIPPED


def test_a_line_is_replaced_in_its_place_another_stands_behind_and_one_is_gone(tmp_path):
    text = 'remove = ["hk.samaritan_befrienders"]' + POST.format(key="hk.18111") + POST.format(key="hk.mine")
    laws = own(tmp_path, text)
    assert keys(laws) == ["hk.18111", "hk.mine"]
    assert laws["hk"][-1].signposts_of("crisis")[0].phone == "1"
    assert keys(laws, "tw") == keys(SHIPPED, "tw")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("remove = ['hk.18112']", "remove: 'hk.18112' is none of the signposts"),
        ("[[mars]]\nkey = 'x'", "mars: unknown key"),
        (POST.format(key="hk.mine").replace('en = "A line"', ""), "missing (line 2)"),
        ("[[hk]\n", "own.toml: "),
    ],
)
def test_a_file_that_cannot_be_used_stops_the_start_and_says_where(tmp_path, text, said):
    with pytest.raises(RuleFileError) as refused:
        own(tmp_path, text)
    assert said in str(refused.value)
