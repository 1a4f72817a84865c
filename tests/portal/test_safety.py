"""Words that may mean danger: what brings the crisis line and comes first at the desk, and what does not."""

import pytest

from portal.contact.safety import suggests_harm

pytestmark = pytest.mark.one_engine

DANGER = [
    # English: said plainly, in other words, in everyday words for it
    "I want to DIE", "thinking of suicide", "I feel suicidal", "I'm going to kill myself", "I might end my life",
    "I just want to end it all", "I'd be better off dead", "they would be better off without me", "I wish I was dead",
    "I wish I'd never woken up, I want to never wake up", "I don't want to be here anymore", "I don't want to live",
    "there is no point in going on", "no reason to live", "nothing left to live for", "I can't go on",
    "I can't take this any more", "I cannot carry on", "I'm tired of living", "I keep hurting myself",
    "I have been self-harming", "I took all my pills", "I'll overdose", "I'm going to top myself",
    "I'll jump off a bridge", "I won't be around much longer", "just kill me", "I will kill my husband",
    "life is not worth living", "thinking of taking my own life", "sleep forever",
    # misspelt, spaced out, hidden from filters
    "kill my\u200bself", "我想\u200b死", "su\u00adicide",
    "sucide", "suiside is the only way", "su1c1de", "s u i c i d e", "s.u.i.c.i.d.e", "sui*cide",
    "k i l l  m y s e l f",
    "kill my self", "killl myself", "k1ll myself", "i want too die", "i wanna die", "I dont want to live",
    "I don’t want to live",
    "ｋｉｌｌ　ｍｙｓｅｌｆ", "sui\u200bcide", "I want to unalive myself", "I'm gonna kms", "sewerslide",
    # 简体
    "我真的不想活了", "活不下去", "想自杀", "自 杀", "自.杀", "自-杀", "自\u200b杀", "自sha", "zisha", "我想死",
    "死了算了", "不如死了",
    "生不如死", "活着没意思", "活着还有什么意思", "活够了", "撑不下去了", "我想跳楼", "割腕", "想不开", "寻短见",
    "一死了之", "走上绝路",
    "写好了遗书", "想结束这一切", "想离开这个世界", "不想再醒来", "想解脱", "我杀了你", "带孩子一起走", "同归于尽",
    "下辈子再还你们", "想紫砂",
    # 繁體
    "我想自殺", "想輕生", "不想活了", "活著沒意思", "活著好累，過不下去", "撐不下去了", "我想跳樓", "燒炭", "想不開",
    "尋短", "遺書寫好了",
    "結束生命", "想離開這個世界", "想消失", "求解脫", "走投無路", "帶著小孩一起走", "吃安眠藥", "沒有活路",
    "傷害自己",
]  # fmt: skip
NO_DANGER = [
    # English figures of speech, and what people write of money, work and time
    "May I start later?", "the line went dead", "please diet", "I could kill for a coffee", "I'd kill for a day off",
    "I was killing time on the train", "my phone died", "dead line is Friday", "the deadline",
    "a suicide squeeze in baseball",
    "I cancelled my end my life insurance letter", "I want to end my life insurance",
    "I can't go on paying this much",
    "I cannot go on holiday", "I hurt my back", "I work for my self employed brother",
    "I cut my self-employment hours",
    "it is 5 kms from here", "I don't want to be here at 9 for your call", "please do not kill the plan",
    "I sussed it out",
    "I sued them", "the cost is killing my budget", "we end the plan on 5 March", "I want to live in a cheaper flat",
    "the acid test", "I am dying to know", "jump to page 2", "I will be around on Monday", "it is not worth calling",
    "the subsidy ended", "I consider the matter closed",
    # 中文
    "我下個月才有薪水", "想死你們了", "想死你们了", "累死了", "忙死了，下午再说", "气死我了", "笑死", "跳楼价买的",
    "跳樓大拍賣", "烧炭烤肉店",
    "死板的规定", "手机死机了", "死角", "紫砂壶", "活动结束了", "生活费不够", "活期存款", "我要还款", "我要改期",
    "结束这个分期", "離開台北",
    "我不想活動期間付款", "公司活動", "死亡證明已經寄出", "他已經死亡",
]  # fmt: skip


@pytest.mark.parametrize("text", DANGER)
def test_words_that_may_mean_danger(text):
    assert suggests_harm(text)
    assert suggests_harm(f"Hello.\n{text}\n谢谢")


@pytest.mark.parametrize("text", NO_DANGER)
def test_other_words_do_not(text):
    assert not suggests_harm(text)


def test_a_long_text_is_looked_through_in_no_time():
    assert not suggests_harm("a b " * 500)
    assert not suggests_harm("活" * 2000)
    assert suggests_harm("x" * 1_990 + " 想死")
