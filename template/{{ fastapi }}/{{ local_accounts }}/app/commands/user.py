"""Manages accounts: `user create|role|disable|enable|password EMAIL`."""

import argparse
import asyncio
import getpass
import sys

from pydantic import ValidationError

from app.auth.accounts import Accounts
from app.auth.passwords import PasswordHasher
from app.auth.problems import EmailTaken
from app.auth.schemas import Registration
from app.auth.subject import Role
from app.commands.database import reachable_database
from app.database import Database
from app.logging import configure_logging
from app.settings import AccountSettings, command_settings_or_exit
from app.validation import explain


def accounts_of(settings: AccountSettings) -> tuple[Database, Accounts]:
    """Return the database and the accounts of these settings."""
    database = Database(
        settings.database_url.get_secret_value(),
        pool_size=1,
        timeout=settings.database_timeout_seconds,
    )
    accounts = Accounts(
        database,
        PasswordHasher(wait_seconds=settings.database_timeout_seconds),
        refresh_ttl_seconds=settings.refresh_token_ttl_seconds,
        session_ttl_seconds=settings.session_ttl_seconds,
        reuse_grace_seconds=settings.refresh_reuse_grace_seconds,
    )
    return database, accounts


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="user",
        description="Manages accounts. A password is asked for, or read from standard input.",
    )
    tasks = parser.add_subparsers(dest="task", required=True)
    for name, text in {
        "create": "make an account",
        "role": "change the role, which counts from the next access token on",
        "disable": "keep somebody from signing in, and end all refresh tokens",
        "enable": "let somebody sign in again",
        "password": "set a new password, and end all refresh tokens",
    }.items():
        task = tasks.add_parser(name, help=text, description=text)
        task.add_argument("email")
        if name == "create":
            task.add_argument("--role", choices=list(Role), default=Role.USER, type=Role)
        if name == "role":
            task.add_argument("role", choices=list(Role), type=Role)
    return parser.parse_args()


def _read_password() -> str:
    """Return the password; never from an argument, which every process list shows."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        sys.exit("The two passwords differ.")
    return password


async def _run(arguments: argparse.Namespace, settings: AccountSettings) -> str:
    """Do what was asked for and return what to say; raise `LookupError` without an account."""
    email: str = arguments.email
    database, accounts = accounts_of(settings)
    try:
        match arguments.task:
            case "create":
                account = Registration(email=email, password=_read_password())
                await accounts.register(account.email, account.password, arguments.role)
                return f"{account.email} can sign in, role {arguments.role}."
            case "password":
                account = Registration(email=email, password=_read_password())
                done = await accounts.set_password(account.email, account.password)
            case "role":
                done = await accounts.set_role(email.lower(), arguments.role)
            case task:
                done = await accounts.set_disabled(email.lower(), disabled=task == "disable")
    finally:
        await database.close()
    if not done:
        raise LookupError
    return f"{email.lower()}: done."


def main() -> None:
    """Run one task; exit with a sentence when it cannot be done."""
    arguments = _arguments()
    settings = command_settings_or_exit(AccountSettings)
    configure_logging(level="error", log_format=settings.log_format)
    try:
        with reachable_database(settings):
            print(asyncio.run(_run(arguments, settings)))
    except ValidationError as error:
        sys.exit(
            "\n".join(f"{details['loc'][0]}: {explain(details)}" for details in error.errors())
        )
    except EmailTaken:
        sys.exit(f"{arguments.email} has an account already.")
    except LookupError:
        sys.exit(f"{arguments.email} has no account.")


if __name__ == "__main__":
    main()
