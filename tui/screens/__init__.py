"""The screens, one a module; each composes widgets and brings them up to date from the session."""
