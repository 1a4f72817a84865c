import json
import stat

from portal.contact.channels.channel import Outgoing
from portal.contact.channels.folder import Folder
from tests.factories import NOW


def test_a_message_is_one_whole_file_that_others_cannot_read(tmp_path):
    folder = Folder(f"file://{tmp_path}/out")
    said = {"id": "m-1", "channel": "sms", "address": "+886912345678", "subject": "", "debtor_id": "d-1", "at": NOW}
    assert folder.deliver(Outgoing(**said, text="您好")) == "m-1.json"
    assert folder.deliver(Outgoing(**said, text="again")) == "m-1.json"  # meets the file of the first time
    (file,) = (tmp_path / "out").iterdir()
    assert json.loads(file.read_text(encoding="utf-8"))["text"] == "您好"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
