"""Files of people (e10, F28): taken within limits, scanned, drawn anew, sealed, shown to their owner and to staff."""

import io
import shutil
from datetime import timedelta
from pathlib import Path

import pypdfium2
import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from accounts import holds, rules
from accounts.models import Event, Hold
from accounts.rules.shapes import Period
from portal.contact import retention, uploads
from portal.contact.models import Upload
from portal.contact.uploads import checking, keeping, redrawing, sealed, words
from portal.contact.uploads.redraw import CODES
from tests.factories import NOW, TODAY, make_debt, make_debtor, make_helper
from tests.portal import fake_clamd, hostile_files
from tests.portal.uploading import LATER, in_english, looked_at, lying


def make_hold(debtor=None, **values) -> Hold:
    debt = make_debt(debtor=debtor)
    law = rules.law_for("tw", TODAY)
    about = {"debtor": debt.debtor, "debt": debt, "kind": "dispute", "law": law, "by": "system", "now": NOW}
    return holds.place(**about | values)


def sent(content: bytes, name: str = "receipt.jpg") -> uploads.Offered:
    return uploads.look(SimpleUploadedFile(name, content))


def kept(hold: Hold, *contents: bytes) -> list[Upload]:
    files = [sent(content) for content in contents]
    return uploads.keep(debtor=hold.debtor, files=files, hold=hold, by=hold.debtor, now=NOW)


# --- Drawing anew -----------------------------------------------------------------------------------------------------


@pytest.mark.one_engine
@pytest.mark.parametrize("what", hostile_files.KEPT)
def test_what_can_be_seen_is_drawn_anew_and_nothing_else_stays(what):
    content, kind = hostile_files.KEPT[what]
    made = redrawing.redrawn(content, kind)
    for hidden in (hostile_files.GPS, b"<script", b"JavaScript", b"EmbeddedFile", b"Exif", b"acTL", b"MZ"):
        assert hidden not in made
    if kind != "pdf":
        image = Image.open(io.BytesIO(made), formats=["JPEG"])
        assert not image.getexif()
        assert image.size == {"a photo that says where": (40, 60), "a picture that moves": (4, 4)}.get(what, (60, 40))
        return
    paper = pypdfium2.PdfDocument(made)
    assert len(paper) == (20 if what == "a scan" else 1)
    assert [thing.type for thing in paper[0].get_objects()] == [pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]


@pytest.mark.one_engine
@pytest.mark.parametrize("what", sorted(set(hostile_files.REFUSED_LATER) - {"the scanner's test file"}))
def test_a_hostile_file_harms_only_the_process_that_drew_it(what):
    content, code = hostile_files.REFUSED_LATER[what]
    with pytest.raises(redrawing.Unreadable) as found:
        redrawing.redrawn(content, keeping.kind_of(content))
    assert found.value.code == code


@pytest.mark.one_engine
def test_a_program_that_does_not_start_says_nothing_about_the_file(monkeypatch, tmp_path):
    monkeypatch.setattr(redrawing, "PROGRAM", tmp_path / "missing.py")
    with pytest.raises(redrawing.NotNow):
        redrawing.redrawn(hostile_files.photo(), "jpeg")


@pytest.mark.one_engine
def test_a_drawing_without_end_is_ended(monkeypatch, tmp_path):
    program = tmp_path / "endless.py"
    program.write_text("import sys\nsys.stdin.buffer.read()\nwhile True: pass\n")
    monkeypatch.setattr(redrawing, "PROGRAM", program)
    monkeypatch.setattr(redrawing, "SECONDS", 0.5)
    with pytest.raises(redrawing.Unreadable):
        redrawing.redrawn(hostile_files.photo(), "jpeg")


# --- Taking -----------------------------------------------------------------------------------------------------------


@pytest.mark.one_engine
@pytest.mark.parametrize("what", hostile_files.REFUSED_AT_ONCE)
def test_what_is_refused_at_once(scanner, what):
    content, code = hostile_files.REFUSED_AT_ONCE[what]
    with pytest.raises(uploads.NotTaken) as found:
        sent(content, "photo.jpg")
    assert found.value.code == code


@pytest.mark.one_engine
def test_without_a_scanner_files_are_taken_in_the_demo_alone(settings):
    with pytest.raises(uploads.NotTaken, match="off"):
        sent(hostile_files.photo())
    settings.DEMO = True
    assert sent(hostile_files.photo()).kind == "jpeg"


@pytest.mark.one_engine
@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd.jpg", "passwd.jpg"),
        ("\u202egnp.exe", "gnp.exe"),
        ("a\x00b\n.pdf", "ab.pdf"),
        ("字" * 200 + ".heic", "字" * 70 + ".heic"),
        ("\u200b", "file"),
    ],
)
def test_a_name_is_shown_without_tricks(scanner, name, shown):
    assert sent(hostile_files.photo(), name).name == shown


def test_every_reason_has_its_sentence():
    codes = {code for _, code in [*hostile_files.REFUSED_AT_ONCE.values(), *hostile_files.REFUSED_LATER.values()]}
    assert codes | set(CODES.values()) <= set(words.REASONS)
    assert in_english("too_big") == "That file is too big. Choose one under 10 MB"


def test_a_file_is_sealed_looked_at_and_then_another_one(db, scanner, folder):
    hold = make_hold()
    content = hostile_files.with_place()
    (upload,) = kept(hold, content)
    assert (upload.state, upload.kind, upload.name, upload.size) == ("pending", "jpeg", "receipt.jpg", len(content))
    (lies,) = lying(folder)
    assert b"\xff\xd8" not in lies
    assert sealed.content_of(upload) == content
    assert (folder / Path(upload.path).name).stat().st_mode & 0o077 == 0
    with pytest.raises(ValueError, match="pending"):
        uploads.open_to_read(upload=upload, by=hold.debtor, now=NOW)
    before = upload.path
    upload = looked_at(upload)
    assert (upload.state, upload.reason, scanner.scanned) == ("clean", "", [content])
    shown = uploads.open_to_read(upload=upload, by=hold.debtor, now=NOW)
    assert hostile_files.GPS not in shown
    assert len(shown) == upload.kept_size
    assert before != upload.path
    acts = list(Event.objects.filter(act__startswith="upload").order_by("number").values_list("act", "data"))
    assert [act for act, _ in acts] == ["upload.kept", "upload.checked", "upload.opened"]
    assert "receipt" not in str(acts)


def test_what_was_sent_is_gone_once_the_new_file_stands(db, scanner, folder, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        (upload,) = kept(make_hold(), hostile_files.photo())
        upload = looked_at(upload)
    assert [f"uploads/{file.name}" for file in folder.iterdir()] == [upload.path]
    with django_capture_on_commit_callbacks(execute=True):
        assert uploads.remove(upload=upload, by=upload.debtor, now=NOW)
        assert not uploads.remove(upload=upload, by=upload.debtor, now=NOW)
    assert lying(folder) == []
    upload.refresh_from_db()
    assert (upload.state, upload.name) == ("removed", "")


@pytest.mark.parametrize("what", ["the scanner's test file", "a PDF of 21 pages"])
def test_what_is_refused_after_a_look_is_not_kept(db, scanner, folder, what, django_capture_on_commit_callbacks):
    content, code = hostile_files.REFUSED_LATER[what]
    with django_capture_on_commit_callbacks(execute=True):
        (upload,) = kept(make_hold(), content)
        upload = looked_at(upload)
    assert (upload.state, upload.reason, upload.path) == ("refused", code, "")
    assert lying(folder) == []


@pytest.mark.one_engine
@pytest.mark.parametrize("manner", [manner for manner in fake_clamd.MANNERS if manner != "works"])
def test_while_the_scanner_gives_no_answer_a_file_waits_unseen(db, scanner, folder, monkeypatch, manner):
    monkeypatch.setattr("portal.contact.uploads.scanner.WHOLE", 0.5)
    (upload,) = kept(make_hold(), hostile_files.photo())
    scanner.manner = manner
    upload = looked_at(upload, NOW)
    assert (upload.state, upload.leased_until) == ("pending", None)
    scanner.manner = "works"
    assert checking.check_waiting(now=LATER) == 1
    upload.refresh_from_db()
    assert upload.state == "clean"


def test_a_scanner_that_is_away_ends_the_round(db, scanner, folder, settings):
    kept(make_hold(), hostile_files.photo(), hostile_files.photo("PNG"))
    settings.SCANNER_URL = "clamd://127.0.0.1:1"
    assert checking.check_waiting(now=LATER) == 0
    settings.SCANNER_URL = "clamd:///nowhere/clamd.ctl"
    assert checking.check_waiting(now=LATER) == 0
    settings.SCANNER_URL = scanner.url
    assert checking.check_waiting(now=LATER) == 2


def test_two_workers_look_once_and_one_that_died_is_followed(db, scanner, folder):
    (upload,) = kept(make_hold(), hostile_files.photo())
    Upload.objects.update(leased_until=LATER)
    assert looked_at(upload, NOW).state == "pending"
    assert scanner.scanned == []
    assert looked_at(upload, LATER + timedelta(seconds=1)).state == "clean"
    assert looked_at(upload, LATER).state == "clean"
    assert len(scanner.scanned) == 1


def test_a_file_that_was_lost_is_asked_for_again(db, scanner, folder):
    (upload,) = kept(make_hold(), hostile_files.photo())
    shutil.rmtree(folder)
    assert looked_at(upload).reason == "lost"


def test_a_file_whose_key_is_lost_waits_and_does_not_stop_the_others(db, scanner, folder, settings, caplog):
    keys = settings.FIELDS_KEYS
    held = make_hold()
    settings.FIELDS_KEYS = [b"l" * 32]
    (lost,) = kept(held, hostile_files.photo())
    settings.FIELDS_KEYS = keys
    kept(make_hold(), hostile_files.photo("PNG"))
    assert checking.check_waiting(now=LATER) == 2
    assert list(Upload.objects.order_by("at", "state").values_list("state", flat=True)) == ["clean", "pending"]
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert str(lost.pk) in caplog.text
    settings.FIELDS_KEYS = [*keys, b"l" * 32]  # it is found again
    assert checking.check_waiting(now=LATER + timedelta(minutes=2)) == 0
    assert looked_at(lost, LATER + checking.KEYLESS + timedelta(seconds=1)).state == "clean"


def test_room_for_five_and_for_twenty_and_the_same_file_counts_once(db, scanner, folder):
    debtor = make_debtor()
    files = [hostile_files.photo(size=(10, side)) for side in range(1, 6)]
    first = make_hold(debtor)
    kept(first, *files)
    assert len({upload.pk for upload in kept(make_hold(debtor), files[0], files[0])}) == 1
    with pytest.raises(uploads.NotTaken, match=r"^too_many$"):
        kept(first, hostile_files.photo(size=(99, 99)))
    for _ in range(2):
        kept(make_hold(debtor), *files)
    with pytest.raises(uploads.NotTaken, match="too_many_open"):
        kept(make_hold(debtor), *files)
    holds.end(hold=first, by="system", now=NOW)
    assert len(kept(make_hold(debtor), *files[:4])) == 4
    assert len(lying(folder)) >= Upload.objects.count()


def test_the_same_file_of_the_person_and_of_a_helper_is_a_row_for_each(db, scanner, folder):
    held = make_hold()
    helper = make_helper(held.debtor, "talk")
    (mine,) = kept(held, hostile_files.photo())
    for _twice in range(2):
        (theirs,) = uploads.keep(debtor=held.debtor, files=[sent(hostile_files.photo())], hold=held, by=helper, now=NOW)
    assert set(Upload.objects.values_list("pk", "helper")) == {(mine.pk, None), (theirs.pk, helper.pk)}


def test_a_full_disk_keeps_nothing_and_says_so(db, scanner, monkeypatch, settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path / "file" / "below")
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(uploads.NotTaken, match="not_now"):
        kept(make_hold(), hostile_files.photo())
    assert not Upload.objects.exists()


def test_what_belongs_to_no_row_is_swept_after_a_day(db, scanner, folder):
    (upload,) = kept(make_hold(), hostile_files.photo())
    sealed.store(b"left over")
    written = default_storage.get_modified_time(upload.path)
    assert checking.sweep(written + timedelta(hours=23)) == 0
    assert checking.sweep(written + timedelta(hours=25)) == 1
    assert [f"uploads/{file.name}" for file in folder.iterdir()] == [upload.path]


def test_files_go_when_the_time_of_words_is_over(db, scanner, folder):
    (upload,) = kept(make_hold(), hostile_files.photo())
    years_on = NOW + timedelta(days=365 * 20)
    Upload.objects.update(at=NOW)
    about = {"now": years_on, "longest": Period("P1Y", months=12)}
    assert retention.apply(**about).held == 1
    Hold.objects.update(ended_at=NOW)
    assert retention.apply(**about, dry_run=True).rows["file"] == 1
    assert retention.apply(**about).rows["file"] == 1
    upload.refresh_from_db()
    assert (upload.state, upload.name) == ("removed", "")
    assert retention.apply(**about).rows["file"] == 0
