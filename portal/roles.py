"""What each role may do at the desk, as permissions by app. Migrations read this list; a change to it needs a new one.

A permission of our own is written `codename:model`; the others say their model themselves.
"""

VIEW_ALL = {
    "accounts": [
        "view_creditor",
        "view_creditorref",
        "view_contactpoint",
        "view_debt",
        "view_debtor",
        "view_hold",
        "view_knock",
        "view_ledgerentry",
        "view_link",
        "view_message",
    ],
    "plans": ["view_instalment", "view_offer", "view_plan", "view_policyversion"],
    "contact": [
        "view_threadmessage",
        "view_heard",
        "view_wordingversion",
        "view_loggedcontact",
        "view_reach",
        "view_kindnessday",
        "view_campaign",
        "view_upload",
        "view_call",
        "view_suggestedreply",
    ],
    "documents": ["view_document"],
}
AGENT = {
    "accounts": [
        *VIEW_ALL["accounts"],
        "add_hold",
        "change_hold",
        "change_helper",
        "delete_passkey",
        "change_knock",
        "change_link",
    ],
    "plans": [*VIEW_ALL["plans"], "add_offer", "change_offer"],
    "contact": [*VIEW_ALL["contact"], "add_threadmessage", "add_loggedcontact", "add_campaign", "change_call"],
    "documents": VIEW_ALL["documents"],
}
SUPERVISOR = {
    "accounts": [
        *AGENT["accounts"],
        "add_creditor",
        "change_creditor",
        "change_contactpoint",
        "change_debtor",
        "view_event",
        "export_record:debtor",
        "approve_outcome",
    ],
    "plans": [*AGENT["plans"], "add_policyversion", "change_policyversion", "exceed_policy:offer"],
    "contact": [
        *AGENT["contact"],
        "add_wordingversion",
        "change_wordingversion",
        "change_reach",
        "change_campaign",
        "add_suggestedreply",
        "change_suggestedreply",
    ],
    "documents": AGENT["documents"],
}
AUDITOR = {**VIEW_ALL, "accounts": [*VIEW_ALL["accounts"], "view_event", "view_user", "export_record:debtor"]}
ROLES = {"agent": AGENT, "supervisor": SUPERVISOR, "auditor": AUDITOR}


def grant(apps, roles: dict[str, dict[str, list[str]]]) -> None:
    """Give the groups these permissions, and no others of the apps named. Makes permission rows where none stand."""
    Group, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    ContentType = apps.get_model("contenttypes", "ContentType")
    kinds = {(kind.app_label, kind.model): kind for kind in ContentType.objects.all()}
    known = {(one.content_type_id, one.codename): one for one in Permission.objects.all()}

    def permission(app: str, entry: str):
        codename, _, model = entry.partition(":")
        verb, _, own_model = codename.partition("_")
        of = (app, model or own_model)
        if of not in kinds:
            kinds[of] = ContentType.objects.create(app_label=app, model=of[1])
        key = (kinds[of].pk, codename)
        if key not in known:
            named = f"Can {verb} {own_model}"
            known[key] = Permission.objects.create(content_type=kinds[of], codename=codename, name=named)
        return known[key]

    for role, by_app in roles.items():
        group, _ = Group.objects.get_or_create(name=role)
        for app, entries in by_app.items():
            wanted = [permission(app, entry) for entry in entries]
            group.permissions.remove(*group.permissions.filter(content_type__app_label=app))
            group.permissions.add(*wanted)
