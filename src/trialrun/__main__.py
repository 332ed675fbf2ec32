"""`python -m trialrun` is the `trialrun` command."""

from trialrun.cli import main

if __name__ == "__main__":
    main()
