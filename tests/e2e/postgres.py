"""A private PostgreSQL cluster for the tests: temporary directory, unix socket and a free TCP port."""

import contextlib
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import tempfile
import time


def find_bin() -> pathlib.Path:
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        raise RuntimeError("the tests need a PostgreSQL server (package postgresql)")
    return found[-1].parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def as_server_user(command: list[str]) -> list[str]:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() == 0:
        return ["runuser", "-u", "postgres", "--", *command]
    return command


class Cluster:
    def __init__(self, data: pathlib.Path | None = None):
        self.bin = find_bin()
        self.port = free_port()
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="weir-pg-", dir="/tmp"))
        self.dir.chmod(0o777)
        self.data = data or self.dir / "data"
        self.database = "postgres"

    def init(self) -> "Cluster":
        self._run([str(self.bin / "initdb"), "-D", str(self.data), "-A", "trust", "-U", "postgres",
                   "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"])
        self.configure("fsync = off", "max_wal_size = 8GB", "checkpoint_timeout = 1h",
                       "max_connections = 60", "shared_buffers = 256MB", "log_min_messages = warning")
        return self

    def configure(self, *lines: str) -> None:
        path = self.data / "postgresql.auto.conf"
        text = path.read_text() if path.exists() else ""
        path.write_text(text + "\n".join(lines) + "\n")
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(path, user.pw_uid, user.pw_gid)

    def start(self) -> "Cluster":
        self._run([str(self.bin / "pg_ctl"), "-D", str(self.data), "-l", str(self.dir / "log"), "-w",
                   "-t", "120", "-o",
                   f"-p {self.port} -c listen_addresses=127.0.0.1 -k {self.dir}", "start"])
        return self

    def stop(self, mode: str = "immediate") -> None:
        self._run([str(self.bin / "pg_ctl"), "-D", str(self.data), "-m", mode, "-w", "stop"])

    def remove(self) -> None:
        shutil.rmtree(self.dir, ignore_errors=True)

    @property
    def uri(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{self.database}"

    def sql(self, statements: str, check: bool = True) -> str:
        """Runs SQL with psql and returns what it prints, unaligned."""
        done = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", self.uri],
                              input=statements, capture_output=True, text=True)
        if check and done.returncode != 0:
            raise RuntimeError(done.stderr)
        return done.stdout.strip()

    @contextlib.contextmanager
    def holding(self, statements: str):
        """A session that has run the statements and stays open, its transaction too; its stdin takes more."""
        session = subprocess.Popen(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", self.uri],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        session.stdin.write(statements + "\n\\echo held\n")
        session.stdin.flush()
        assert session.stdout.readline() == "held\n"
        try:
            yield session.stdin
        finally:
            session.communicate()

    @contextlib.contextmanager
    def reconfigured(self, *settings: str, hba: str = ""):
        """Runs with settings that a reload can change, and a line before all others of pg_hba.conf."""
        names = [setting.split(" ")[0] for setting in settings]
        path = self.data / "pg_hba.conf"
        before = path.read_text()
        path.write_text(hba + "\n" + before)
        self._reload("".join(f"ALTER SYSTEM SET {setting};\n" for setting in settings))
        try:
            yield
        finally:
            path.write_text(before)
            self._reload("".join(f"ALTER SYSTEM RESET {name};\n" for name in names))

    def _reload(self, statements: str) -> None:
        """Returns when new sessions see what changed: the server reads its files soon, not at once."""
        loaded = self.sql("SELECT pg_conf_load_time()")
        self.sql(f"{statements}SELECT pg_reload_conf()")
        while self.sql("SELECT pg_conf_load_time()") == loaded:
            time.sleep(0.02)

    def make_certificate(self) -> None:
        """The server's, signed by itself."""
        files = [self.data / "server.key", self.data / "server.crt"]
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                        "/CN=localhost", "-keyout", files[0], "-out", files[1]], check=True, capture_output=True)
        files[0].chmod(0o600)
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            for file in files:
                os.chown(file, user.pw_uid, user.pw_gid)

    def copy_out(self, sql: str, path: pathlib.Path) -> None:
        """What psql writes for a COPY, byte for byte."""
        with open(path, "wb") as out:
            subprocess.run(["psql", "-X", "-q", "-d", self.uri, "-c", sql], stdout=out, check=True)

    def _run(self, command: list[str]) -> None:
        done = subprocess.run(as_server_user(command), stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True, cwd="/")
        if done.returncode != 0:
            raise RuntimeError(f"{command[0]}: {done.stderr}")
