"""The worker's part. A task only wakes: the document's own row says whether there is anything to do."""

from django.tasks import task
from django.utils import timezone

from portal.documents import making


@task
def prepare_document(document_id: str) -> None:
    making.prepare(document_id=document_id, now=timezone.now())


@task
def prepare_left_behind() -> None:
    making.prepare_waiting(now=timezone.now())
