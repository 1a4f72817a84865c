"""A reminder to many: people are chosen by filters, each is asked of the rules, and what may be said goes out slowly.

`choosing` says who, `counting` what would become of each (the dry run), `acts` writes, approves and stops, `planning`
queues the messages while a campaign runs.
"""
