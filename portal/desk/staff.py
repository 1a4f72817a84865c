"""What superusers do about staff beside the form: a lost second factor."""

import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import User
from portal.access import staff_only
from portal.sign_in import second_factor


@staff_only
@require_POST
def forget_factor(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Only a superuser, and never for themselves: whoever took over a session could else bind a device of their own."""
    if not request.user.is_superuser or request.user.pk == pk:
        raise PermissionDenied
    user = get_object_or_404(User, pk=pk, is_staff=True)
    second_factor.forget(user=user, by=request.user, now=request.now)
    messages.success(request, _("The second factor is removed. The next sign-in leads to setting up a new one."))
    return redirect("admin:accounts_user_change", pk)
