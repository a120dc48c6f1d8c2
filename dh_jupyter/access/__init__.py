"""Who may do what in a project, and with whom it is shared. `asking` and `roles` cost nothing to import."""
