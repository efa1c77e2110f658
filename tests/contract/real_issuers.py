"""Real identity providers, as processes of this machine.

Each is installed on first use below `.cache/issuers`, from the registry of its language, and says
what a service has to be configured with. They stop by their process, never by name.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import httpx
import pytest
from filelock import FileLock

from .service import free_port

CACHE = Path(__file__).parent.parent.parent / ".cache" / "issuers"
OIDC_PROVIDER = "9.13.3"
KEYCLOAK = "26.7.3"
START_SECONDS = 240
REGION = "eu-west-1"


class OidcProvider:
    """npm's oidc-provider, an OpenID Certified implementation."""

    def __init__(self, commands: IO[str], answers: IO[str]) -> None:
        self._commands, self._answers = commands, answers
        started = json.loads(answers.readline())
        self.settings = {"OIDC_ISSUER": started["issuer"], "OIDC_AUDIENCE": started["audience"]}

    def tokens(self, name: str) -> dict[str, str]:
        """Sign a user in; return `access`, `id`, and `other`, an access token for another API."""
        return self._do(f"tokens {name}")

    def machine(self) -> str:
        """Return the access token of a client without a user."""
        return self._do("machine")["access"]

    def rotate(self, algorithm: str) -> None:
        self._do(f"rotate {algorithm}")

    def _do(self, command: str) -> dict[str, str]:
        self._commands.write(f"{command}\n")
        self._commands.flush()
        answer: dict[str, str] = json.loads(self._answers.readline())
        assert "error" not in answer, answer
        return answer


@contextmanager
def oidc_provider() -> Iterator[OidcProvider]:
    folder = _installed_oidc_provider()
    script = Path(__file__).with_name("oidc_provider.mjs")
    with subprocess.Popen(
        ["node", script, folder, str(free_port())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        try:
            yield OidcProvider(process.stdin, process.stdout)
        finally:
            process.kill()


def _installed_oidc_provider() -> Path:
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("oidc-provider needs node and npm")
    folder = CACHE / f"oidc-provider-{OIDC_PROVIDER}"
    folder.mkdir(parents=True, exist_ok=True)
    # Several workers of a run may want it at the same time.
    with FileLock(folder / "lock"):
        if not (folder / "complete").exists():
            (folder / "package.json").write_text('{"private": true}')
            options = ("--no-audit", "--no-fund", "--ignore-scripts")
            _install(["npm", "install", *options, f"oidc-provider@{OIDC_PROVIDER}"], folder)
            (folder / "complete").touch()
    return folder


class Cognito:
    """A user pool of moto, AWS's API in Python: tokens as Cognito makes them, one key for all pools."""

    password = "Correct-horse-1"

    def __init__(self, url: str) -> None:
        self._url = url
        self.pool = self._call("CreateUserPool", PoolName="users")["UserPool"]["Id"]
        self.client, self.other_client = (self._new_client(name) for name in ("web", "other"))
        self._call("CreateGroup", UserPoolId=self.pool, GroupName="admin")
        self.settings = {
            "OIDC_ISSUER": f"https://cognito-idp.{REGION}.amazonaws.com/{self.pool}",
            "OIDC_AUDIENCE": self.client,
            "OIDC_JWKS_URL": f"{url}/{self.pool}/.well-known/jwks.json",
        }

    def sign_up(self, name: str, *, admin: bool = False) -> None:
        user = {"UserPoolId": self.pool, "Username": name}
        self._call("AdminCreateUser", MessageAction="SUPPRESS", **user)
        self._call("AdminSetUserPassword", Password=self.password, Permanent=True, **user)
        if admin:
            self._call("AdminAddUserToGroup", GroupName="admin", **user)

    def tokens(self, name: str, client: str) -> dict[str, str]:
        """Return `AccessToken` and `IdToken` of a new sign-in."""
        parameters = {"USERNAME": name, "PASSWORD": self.password}
        answer = self._call(
            "InitiateAuth",
            ClientId=client,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters=parameters,
        )
        tokens: dict[str, str] = answer["AuthenticationResult"]
        return tokens

    def _new_client(self, name: str) -> str:
        answer = self._call(
            "CreateUserPoolClient",
            UserPoolId=self.pool,
            ClientName=name,
            ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"],
        )
        return str(answer["UserPoolClient"]["ClientId"])

    def _call(self, operation: str, **body: object) -> Any:  # noqa: ANN401 # as JSON gives it
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"AWSCognitoIdentityProviderService.{operation}",
            # Says the region; moto looks at nothing else in it.
            "Authorization": (
                f"AWS4-HMAC-SHA256 Credential=any/20260101/{REGION}/cognito-idp/aws4_request"
            ),
        }
        answer = httpx.post(
            self._url, headers=headers, content=json.dumps(body), timeout=60, trust_env=False
        )
        assert answer.status_code == 200, answer.text
        return answer.json() if answer.content else {}


@contextmanager
def cognito() -> Iterator[Cognito]:
    port = free_port()
    program = (sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port))
    with _running(program, f"http://127.0.0.1:{port}/moto-api/data.json"):
        yield Cognito(f"http://127.0.0.1:{port}")


class Keycloak:
    """Keycloak itself, with the realm that a rendered project imports in development."""

    def __init__(self, url: str, realm: str) -> None:
        self.realm_url = f"{url}/realms/{realm}"
        self._admin_url = f"{url}/admin/realms/{realm}"
        self._master_url = f"{url}/realms/master"
        self._realm = realm
        self.settings = {"OIDC_ISSUER": self.realm_url, "OIDC_AUDIENCE": realm}

    def tokens(self, name: str, client: str = "web") -> dict[str, str]:
        """Return `access_token`, `id_token` and `refresh_token` of a user, whose password is the name."""
        return _password_grant(self.realm_url, client, name)

    def rotate(self) -> None:
        """Add a key that signs from now on."""
        headers = {"Authorization": f"Bearer {self._admin_token()}"}
        realm = httpx.get(self._admin_url, headers=headers, trust_env=False).json()
        component = {
            "name": "newer",
            "providerId": "rsa-generated",
            "providerType": "org.keycloak.keys.KeyProvider",
            "parentId": realm["id"],
            "config": {"priority": ["200"], "algorithm": ["RS256"]},
        }
        made = httpx.post(
            f"{self._admin_url}/components", json=component, headers=headers, trust_env=False
        )
        assert made.status_code == 201, made.text

    def foreign_tokens(self) -> dict[str, str]:
        """Return the tokens of another realm of the same server."""
        return _password_grant(self._master_url, "admin-cli", "admin")

    def _admin_token(self) -> str:
        return self.foreign_tokens()["access_token"]


def _password_grant(realm_url: str, client: str, name: str) -> dict[str, str]:
    form = {
        "grant_type": "password",
        "client_id": client,
        "username": name,
        "password": name,
        "scope": "openid",
    }
    url = f"{realm_url}/protocol/openid-connect/token"
    answer = httpx.post(url, data=form, timeout=60, trust_env=False)
    assert answer.status_code == 200, answer.text
    tokens: dict[str, str] = answer.json()
    return tokens


@contextmanager
def keycloak(realm_file: Path) -> Iterator[Keycloak]:
    """Give a server that has imported the realm of this file."""
    realm = json.loads(realm_file.read_text(encoding="utf-8"))["realm"]
    with tempfile.TemporaryDirectory(prefix="keycloak-") as name:
        home = Path(name) / "keycloak"
        _unpack_keycloak(home)
        imported = home / "data" / "import"
        imported.mkdir(parents=True)
        shutil.copy(realm_file, imported)
        url = f"http://127.0.0.1:{free_port()}"
        program = (
            *(str(home / "bin" / "kc.sh"), "start-dev", "--import-realm", "--db", "dev-mem"),
            *("--http-host", "127.0.0.1", "--http-port", url.rpartition(":")[2], "--hostname", url),
        )
        variables = {
            "KC_BOOTSTRAP_ADMIN_USERNAME": "admin",
            "KC_BOOTSTRAP_ADMIN_PASSWORD": "admin",
            # Two collectors at once are an error.
            "JAVA_OPTS_APPEND": "-XX:-UseG1GC -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx384m",
        }
        ready = f"{url}/realms/{realm}/.well-known/openid-configuration"
        with _running(program, ready, variables):
            yield Keycloak(url, realm)


def _unpack_keycloak(home: Path) -> None:
    """Unpack the distribution, which Maven keeps in its own cache."""
    if not shutil.which("java") or not shutil.which("mvn"):
        pytest.skip("Keycloak needs Java 17 or newer, and Maven to fetch it")
    name = f"keycloak-quarkus-dist-{KEYCLOAK}.tar.gz"
    archive = Path.home() / f".m2/repository/org/keycloak/keycloak-quarkus-dist/{KEYCLOAK}/{name}"
    if not archive.exists():
        artifact = f"org.keycloak:keycloak-quarkus-dist:{KEYCLOAK}:tar.gz"
        plugin = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:get"
        _install(
            ["mvn", "-q", "-B", plugin, f"-Dartifact={artifact}", "-Dtransitive=false"], home.parent
        )
    with tarfile.open(archive) as packed:
        packed.extractall(home.parent, filter="tar")
    (home.parent / f"keycloak-{KEYCLOAK}").rename(home)


def _install(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@contextmanager
def _running(
    command: tuple[str, ...], ready: str, variables: Mapping[str, str] | None = None
) -> Iterator[None]:
    """Give a server that answers at an address; it ends with the block, and its children with it."""
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            command,
            env={**os.environ, **(variables or {})},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            end = time.monotonic() + START_SECONDS
            while not _answers(ready):
                if process.poll() is not None or time.monotonic() > end:
                    log.seek(0)
                    pytest.fail(f"{command[0]} does not start: {log.read()[-3000:]}")
                time.sleep(0.2)
            yield
        finally:
            # kc.sh is a shell script with a Java below it.
            os.killpg(process.pid, 15)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, 9)
                process.wait()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=10, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False
