"""The words of all pages pass the copy linter, and the linter can fail: a bad sample for each of its rules."""

import shutil

import pytest

from tests import catalogues, words
from tests.words import Text

# What each rule objects to, and beside it the same said rightly. Language, wrong, right.
SAMPLES = {
    words.frightening: [
        ("en", "You must pay", "You can pay"),
        ("en", "Your debt", "What you owe"),
        ("en", "Thank you!", "Thank you"),
        ("zh-hans", "请立即还款", "可以慢慢还"),
        ("zh-hans", "谢谢您！", "谢谢您"),
        ("zh-hant", "已經逾期", "還沒有收到"),
    ],
    words.familiar: [("zh-hans", "你好", "您好"), ("zh-hant", "你的方案", "您的方案")],
    words.punctuation: [
        ("zh-hans", "好的,谢谢", "好的，谢谢"),
        ("zh-hans", "账户(尾号{n})", "账户（尾号{n}）"),
        ("zh-hans", "请选「在浏览器打开」", "请选“在浏览器打开”"),
        ("zh-hant", "請選“在瀏覽器開啟”", "請選「在瀏覽器開啟」"),
        ("zh-hant", "收到了.", "收到了。"),
        ("en", 'Choose "Open"', "Choose “Open”"),
    ],
    words.spacing: [
        ("zh-hans", "共 {n} 期", "共{n}期"),
        ("zh-hans", "3 天内", "3天内"),
        ("zh-hant", "下載 PDF", "下載PDF"),
        ("zh-hant", "第%(n)s 期", "第%(n)s期"),
    ],
    words.capitals: [("en", "This is VERY safe", "This is a PDF"), ("zh-hans", "请看NOTE", "请看PDF")],
    words.length: [
        ("en", " ".join(["word"] * 21), " ".join(["word"] * 20) + ". " + " ".join(["word"] * 20)),
        ("zh-hans", "字" * 31, "字" * 30 + "。" + "字" * 30),
        ("zh-hant", "字" * 29 + "%(amount)s元", "字" * 29 + "%(amount)s"),
    ],
    words.script: [
        ("zh-hans", "還款", "还款"),
        ("zh-hans", "看著", "看着"),
        ("zh-hant", "还款", "還款"),
        ("zh-hant", "这裡", "這裡"),
        ("zh-hant", "之后", "之後"),
        ("zh-hant", "頁面里", "頁面裡"),
        ("zh-hant", "幾天后", "幾天後"),
    ],
    words.elsewhere: [
        ("zh-hant", "還款計劃", "還款計畫"),
        ("zh-hant", "發短信", "發簡訊"),
        ("zh-hant", "請工作人員看", "請專員看"),
        ("zh-hans", "发简讯", "发短信"),
        ("zh-hans", "帐户", "账户"),
    ],
}


def test_there_is_a_sample_for_each_rule():
    assert set(SAMPLES) == set(words.RULES)


@pytest.mark.parametrize(
    ("rule", "language", "said", "right"),
    [(rule, *sample) for rule, samples in SAMPLES.items() for sample in samples],
    ids=lambda value: getattr(value, "__name__", None) or str(value)[:12],
)
def test_a_rule_objects_to_this_and_not_to_that(rule, language, said, right):
    assert rule(Text(language, said, ""))
    assert rule(Text(language, right, "")) == ""


STRONG = {
    "Pay": {"zh-hans": "现在付款", "zh-hant": "付款"},
    "Close it": {"zh-hans": "关闭", "zh-hant": "一定要關閉"},
    "Send me all of it": {"zh-hans": "发给我", "zh-hant": "全部傳給我"},
    "Not now": {"zh-hans": "以后再说", "zh-hant": "以後再說"},
}


@pytest.mark.parametrize("english", STRONG)
def test_a_button_that_speaks_more_strongly_in_one_language_is_found(english):
    assert words.stronger(english, STRONG[english])
    assert (
        words.stronger("Pay some or all now", {"zh-hans": "现在还一部分或全部", "zh-hant": "現在還一部分或全部"}) == []
    )


def test_every_button_of_a_page_is_known():
    assert {"Agree to this plan", "Stop contacting this number", "Ask a person"} <= words.buttons()


def test_one_english_word_in_two_ways_is_found():
    said = [Text("zh-hans", "暂停", "Pause"), Text("zh-hans", "先停一停", "pause.")]
    assert words.two_ways(said)
    assert words.two_ways([*said[:1], Text("zh-hans", "暂停。", "Pause.")]) == []
    assert words.two_ways([Text("zh-hans", "多久一次？", "How often?"), Text("zh-hans", "频率", "How often")]) == []


def test_staff_have_their_own_words_and_people_in_debt_never_see_them():
    assert words.debtor_facing(["templates/pages/pay.html", "templates/desk/case.html"])
    assert not words.debtor_facing(["templates/desk/case.html", "portal/contact/models/thread.py", "plans/admin.py"])


def test_the_pages_that_stand_alone_are_read_in_every_language():
    assert {text.language for text in words.standalone()} == set(words.LANGUAGES)
    assert any("抱歉" in text.words for text in words.standalone())


def test_the_words_of_the_product_pass():
    assert words.found() == []


def test_the_compiled_catalogues_are_fresh():
    assert catalogues.uncompiled() == []


def test_the_catalogues_follow_the_sources():
    if not shutil.which("xgettext"):
        pytest.skip("gettext is not installed (Debian: apt-get install gettext)")
    assert catalogues.stale() == []
