"""What each role may do at the desk, as permissions by app. Migrations read this list; a change to it needs a new one."""

VIEW_ALL = {
    "accounts": [
        "view_creditor",
        "view_creditorref",
        "view_contactpoint",
        "view_debt",
        "view_debtor",
        "view_hold",
        "view_ledgerentry",
        "view_link",
        "view_message",
    ],
    "plans": ["view_instalment", "view_offer", "view_plan", "view_policyversion"],
    "contact": ["view_threadmessage"],
}
AGENT = {
    "accounts": [*VIEW_ALL["accounts"], "add_hold", "change_hold"],
    "plans": [*VIEW_ALL["plans"], "add_offer", "change_offer"],
    "contact": [*VIEW_ALL["contact"], "add_threadmessage"],
}
SUPERVISOR = {
    "accounts": [*AGENT["accounts"], "add_creditor", "change_creditor", "change_link", "change_debtor", "view_event"],
    "plans": [*AGENT["plans"], "add_policyversion", "change_policyversion"],
    "contact": AGENT["contact"],
}
AUDITOR = {**VIEW_ALL, "accounts": [*VIEW_ALL["accounts"], "view_event", "view_user"]}
ROLES = {"agent": AGENT, "supervisor": SUPERVISOR, "auditor": AUDITOR}


def grant(apps, roles: dict[str, dict[str, list[str]]]) -> None:
    """Give the groups these permissions, and no others of the apps named. Makes permission rows that do not stand yet."""
    Group, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    ContentType = apps.get_model("contenttypes", "ContentType")
    for role, by_app in roles.items():
        group, _ = Group.objects.get_or_create(name=role)
        for app, codenames in by_app.items():
            wanted = []
            for codename in codenames:
                verb, _, model = codename.partition("_")
                kind, _ = ContentType.objects.get_or_create(app_label=app, model=model)
                permission, _ = Permission.objects.get_or_create(
                    content_type=kind, codename=codename, defaults={"name": f"Can {verb} {model}"}
                )
                wanted.append(permission)
            group.permissions.remove(*group.permissions.filter(content_type__app_label=app))
            group.permissions.add(*wanted)
