"""Words that the demo's staff may begin an answer with, so that a newcomer sees what suggested replies are."""

from portal.contact.models import SuggestedReply

REPLIES = [
    {
        "name": "1 · 收到 · Thank you",
        "zh_hans": "谢谢您告诉我们。您现在不用再做什么。我们看过之后，会在这里回复您。",
        "zh_hant": "謝謝您告訴我們。您現在不用再做什麼。我們看過之後，會在這裡回覆您。",
        "en": "Thank you for telling us. You need do nothing more now. We look into it and answer you here.",
    },
    {
        "name": "2 · 暂停 · A pause",
        "zh_hans": "如果现在还不了，您可以在首页点“我现在还不了”，马上就会暂停，不用说明理由。",
        "zh_hant": "如果現在沒辦法還，您可以在首頁點「我現在沒辦法還」，馬上就會暫停，不用說明理由。",
        "en": "If you cannot pay right now, choose “I cannot pay right now” on your home page. The pause starts at "
        "once, and you need not say why.",
    },
    {
        "name": "3 · 计划 · A plan",
        "zh_hans": "您可以在首页选“做一个还款计划”，写下您能付多少、多久付一次。您确认之前，什么都没有定下。",
        "zh_hant": "您可以在首頁選「訂一個還款計畫」，寫下您能付多少、多久付一次。您確認之前，什麼都沒有定下。",
        "en": "Under “Make a plan” on your home page you can say how much you can manage, and how often. Nothing is "
        "agreed before you confirm it.",
    },
    {
        "name": "4 · 免费咨询 · Free advice",
        "zh_hans": "“帮助”页里有免费、独立的咨询机构，跟他们谈完再决定也可以。不管怎样，您都可以在这里写给我们。",
        "zh_hant": "「協助」頁裡有免費、獨立的諮詢機構，跟他們談完再決定也可以。不管怎樣，您都可以在這裡寫給我們。",
        "en": "Under “Help” you find free, independent advice. It is fine to talk to them first and decide later. "
        "Either way, you can always write to us here.",
    },
]


def load() -> None:
    """What stands already, perhaps changed by a visitor, is left as it is."""
    for reply in REPLIES:
        SuggestedReply.objects.get_or_create(name=reply["name"], defaults=reply)
