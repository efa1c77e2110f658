"""What an operator runs: one module a command, `python -m app.commands.NAME`."""
