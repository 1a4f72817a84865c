"""The worker's part. A task only wakes: the copy's own row says whether there is anything to do."""

from django.tasks import task
from django.utils import timezone


@task
def prepare_copy(copy_id: str) -> None:
    from portal.privacy import copying  # noqa: PLC0415  it names this task

    copying.prepare(copy_id=copy_id, now=timezone.now())
