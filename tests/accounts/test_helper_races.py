"""Many tries at a helper's number, and many arrivals, in the same instant: each is counted once."""

from accounts import helper, history, holds, rules
from accounts.models import Event, Helper, Hold, User
from tests.factories import NOW, TODAY, make_debtor, make_helper
from tests.races import race

AT_ONCE = 8


def test_t17_parallel_tries_at_the_number_are_five(committed_db):
    one = make_helper(make_debtor(), accepted_at=None)
    Helper.objects.filter(pk=one.pk).update(word_hash=helper._hash(one, "123456"))
    results = race([lambda: helper.try_word(helper=one, typed="000000", now=NOW)] * AT_ONCE)
    assert results == [False] * AT_ONCE
    one.refresh_from_db()
    assert (one.word_tries, one.ended_reason, one.word_hash) == (5, "tries", "")
    assert not helper.try_word(helper=one, typed="123456", now=NOW)
    assert Event.objects.filter(act="helper.ended").count() == 1


def test_an_invitation_is_taken_up_once(committed_db):
    one = make_helper(make_debtor(), accepted_at=None)
    results = race([lambda: helper.come_in(helper=one, now=NOW).pk] * 5)
    assert len(set(results)) == 1
    assert User.objects.filter(helper=one).count() == 1
    assert Event.objects.filter(act="helper.accepted").count() == 1


def test_what_a_helper_does_is_written_before_their_rights_end_or_not_at_all(committed_db):
    one = make_helper(make_debtor(), "agree")
    law = rules.law_for("tw", TODAY)
    about = {"debtor": one.debtor, "by": one, "now": NOW}
    end = {"helper": one, "reason": Helper.Ended.BY_PERSON, "by": one.debtor, "now": NOW}
    places = [lambda: holds.place(kind="pause", law=law, **about).pk] * 3
    results = race([*places[:2], lambda: helper.end(**end), *places[2:]])
    acts = list(Event.objects.filter(debtor=one.debtor).order_by("number").values_list("act", "by"))
    theirs = [act for act, by in acts if by == f"helper:{one.pk}"]
    assert acts[len(theirs)] == ("helper.ended", f"debtor:{one.debtor_id}")  # the last one
    assert Hold.objects.count() == len(theirs) == 3 - sum(isinstance(one, history.HelpEnded) for one in results)
