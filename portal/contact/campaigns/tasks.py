"""The worker's part. A task only wakes: the draft's own row says whether there is anything to count."""

import uuid

from django.tasks import task

from portal.contact.campaigns import counting


@task
def count_campaign(campaign_id: str) -> None:
    counting.count(campaign_id=uuid.UUID(campaign_id))
