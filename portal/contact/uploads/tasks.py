"""The worker's part. A task only wakes: the file's own row says whether there is anything to do."""

from django.tasks import task
from django.utils import timezone

from portal.contact.uploads import checking


@task
def check_upload(upload_id: str) -> None:
    checking.check(upload_id=upload_id, now=timezone.now())


@task
def check_left_behind() -> None:
    checking.check_waiting(now=timezone.now())
