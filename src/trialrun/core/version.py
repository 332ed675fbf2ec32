"""`VERSION`: the version of trialrun that every record names; `pyproject.toml` reads it here."""

VERSION = "0.1.0"
