"""How Postmark hands e-mails on, where anymail stumbles over a file without content and the mail would be lost."""

from typing import Any

from anymail.webhooks import postmark


class EmptyFilesInboundWebhookView(postmark.PostmarkInboundWebhookView):
    """Anymail looks for `Data` where `Content` is empty; only Postmark's tests have that."""

    def esp_to_anymail_event(self, esp_event: dict[str, Any]) -> Any:
        hung = [{"Data": "", **file} for file in esp_event.get("Attachments") or []]
        return super().esp_to_anymail_event(esp_event | {"Attachments": hung})
