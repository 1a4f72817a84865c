"""No page of a signed-in person takes more than seven queries, however much there is to show."""

import pytest

from tests.portal.conftest import new_person, queries
from tests.portal.signed_in_pages import FORMS, PAGES, more, names_in_the_address_list, opened

pytestmark = pytest.mark.one_engine  # about how many queries there are, which no engine changes

MOST = 7
ON_RECORD = {"copy", "copy_json", "copy_pdf"}  # each showing is an event in a transaction, whose ends are counted too


def test_every_address_is_listed():
    assert {name.partition(",")[0] for name in PAGES} | FORMS == names_in_the_address_list()
    assert {name for name, (_reach, number) in PAGES.items() if number > MOST} == ON_RECORD


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("rows", [pytest.param(1, marks=pytest.mark.every_engine), 3])  # each engine opens each page
def test_a_page_takes_so_many_queries(client, db, clock, name, rows):
    person = new_person(client)
    get = opened(person, name)
    for _ in range(rows - 1):
        more(person)
    get()  # what a process keeps from its first page on
    answer = []
    assert queries(lambda: answer.append(get())) == PAGES[name][1]
    assert answer[0].status_code < 400
