"""A session with a Kerberos ticket: libpq then prefers GSSAPI's encryption, which weir cannot read through."""

import os
import pwd
import subprocess
import time

import pytest

import postgres

GSS = "SELECT encrypted FROM pg_stat_gssapi WHERE pid = pg_backend_pid()"


@pytest.fixture(scope="module")
def kerberos(pg, tmp_path_factory):
    """A server with a key and a user with a ticket; gives the environment that has it."""
    folder = tmp_path_factory.mktemp("kerberos")
    port = postgres.free_port()
    (folder / "krb5.conf").write_text(
        "[libdefaults]\n default_realm = TEST\n dns_canonicalize_hostname = false\n rdns = false\n"
        f" default_ccache_name = FILE:{folder}/tickets\n[realms]\n TEST = {{\n  kdc = 127.0.0.1:{port}\n }}\n")
    (folder / "kdc.conf").write_text(
        f"[kdcdefaults]\n kdc_listen = 127.0.0.1:{port}\n kdc_tcp_listen = 127.0.0.1:{port}\n"
        f"[realms]\n TEST = {{\n  database_name = {folder}/principals\n  key_stash_file = {folder}/stash\n }}\n"
        f"[logging]\n kdc = FILE:{folder}/kdc.log\n")
    environment = dict(os.environ, KRB5_CONFIG=str(folder / "krb5.conf"), KRB5_KDC_PROFILE=str(folder / "kdc.conf"),
                       PATH=f"{os.environ['PATH']}:/usr/sbin:/sbin")

    def run(*command, text=""):
        subprocess.run(command, env=environment, input=text, text=True, check=True, capture_output=True)
    run("kdb5_util", "create", "-s", "-P", "master", "-r", "TEST")
    server = "postgres/localhost"
    run("kadmin.local", text=f"addprinc -pw secret postgres\naddprinc -randkey {server}\n"
                             f"ktadd -k {pg.data}/server.keytab {server}\n")
    if os.geteuid() == 0:
        os.chown(pg.data / "server.keytab", pwd.getpwnam("postgres").pw_uid, -1)
    kdc = subprocess.Popen(["krb5kdc", "-n"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for attempt in range(50):
            try:
                run("kinit", "postgres", text="secret\n")
                break
            except subprocess.CalledProcessError:
                assert attempt < 49, (folder / "kdc.log").read_text()
                time.sleep(0.1)
        with pg.reconfigured(f"krb_server_keyfile = '{pg.data}/server.keytab'"):
            yield environment
    finally:
        kdc.terminate()
        kdc.wait()


@pytest.fixture
def uri(pg):
    return pg.uri.replace("127.0.0.1", "localhost")


def test_psql_is_encrypted_by_the_ticket(kerberos, uri):
    """Otherwise the tests below would pass without it."""
    out = subprocess.run(["psql", "-XAt", "-d", uri, "-c", GSS], env=kerberos, capture_output=True, text=True, check=True)
    assert out.stdout == "t\n"


def test_a_ticket_alone_changes_nothing(weir, kerberos, uri):
    done = weir.run("copy", uri, "-", "--query", GSS, "--format", "csv", env=kerberos)
    assert (done.code, done.out) == (0, "encrypted\nfalse\n"), done.err


def test_what_must_be_encrypted_so_is_refused(weir, kerberos, uri, tmp_path):
    done = weir.run("copy", f"{uri}?gssencmode=require", tmp_path / "out.csv", "--query", GSS, env=kerberos)
    assert done.code == 1 and "postgres.gss_encryption" in done.err, done.err
    assert "sslmode=require" in done.err
    assert list(tmp_path.iterdir()) == []
