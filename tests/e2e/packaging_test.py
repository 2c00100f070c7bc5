#!/usr/bin/env python3
"""What makes Akashi a service: the unit's exposure, the package's contents, and root beside the service's user.

usage: packaging_test.py BUILD_FOLDER    (prints TAP)
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys

import cases

BUILD = pathlib.Path(sys.argv[1]).resolve()
ROOT = pathlib.Path(__file__).resolve().parents[2]
UNIT = ROOT / "packaging/systemd/akashi.service"
EXPOSURE_MAX = 1.5
NOBODY = 65534


def run(*arguments, **given):
    return subprocess.run([str(argument) for argument in arguments], capture_output=True, text=True, timeout=120, **given)


def the_unit_is_hard_to_get_out_of(_):
    if not shutil.which("systemd-analyze"):
        raise cases.Skip("no systemd-analyze")
    answer = run("systemd-analyze", "security", "--offline=true", UNIT)
    found = re.search(r"Overall exposure level for akashi.service: ([0-9.]+)", answer.stdout)
    assert found, answer.stdout + answer.stderr
    assert float(found[1]) <= EXPOSURE_MAX, found[0]


def the_package_holds_what_it_should(folder):
    if not shutil.which("dpkg-deb"):
        raise cases.Skip("no dpkg-deb")
    made = run(ROOT / "packaging/deb.sh", BUILD, folder)
    assert made.returncode == 0, made.stderr
    package = made.stdout.strip()
    listed = run("dpkg-deb", "-c", package).stdout
    for path in ("usr/bin/akashi", "usr/bin/akashi-verify", "lib/systemd/system/akashi.service",
                 "usr/lib/sysusers.d/akashi.conf", "usr/share/man/man1/akashi.1.gz", "usr/share/doc/akashi/copyright"):
        assert f"./{path}\n" in listed, path
    assert re.search(r"^-rw-r----- root/root .* \./etc/akashi/akashi\.yaml$", listed, re.M), listed
    assert not re.search(r"^.{8}w", listed, re.M), "something anybody may write"
    depends = run("dpkg-deb", "-f", package, "Depends").stdout
    for library in ("libsqlite3-0", "libssl3", "libmicrohttpd12"):
        assert library in depends, depends


def its_configuration_is_right(folder):
    answer = run(BUILD / "akashi", "config", "check", ROOT / "packaging/akashi.yaml", "--data", folder / "none")
    assert answer.returncode == 0, answer.stderr


def its_scripts_are_well_formed(_):
    for script in ("debian/postinst", "debian/prerm", "debian/postrm", "deb.sh"):
        answer = run("sh", "-n", ROOT / "packaging" / script)
        assert answer.returncode == 0, answer.stderr
    # what a purge may remove is said in one line, and it is not the logs
    assert "rm -r" not in re.sub(r'echo ".*?"', "", (ROOT / "packaging/debian/postrm").read_text())


def what_root_does_belongs_to_the_service(folder):
    if os.getuid() != 0:
        raise cases.Skip("only root can go on as another user")
    data, key, log = folder / "data", folder / "store.key", folder / "in.log"
    folder.chmod(0o755)
    data.mkdir(mode=0o700)
    os.chown(data, NOBODY, NOBODY)
    log.write_text("<38>Nov 20 17:40:00 gw sshd[811]: Failed password for root from 192.0.2.9 port 50000 ssh2\n")
    log.chmod(0o600)
    configuration = folder / "akashi.yaml"
    configuration.write_text(f"store:\n  key_file: {key}\n")
    assert run(BUILD / "akashi", "store", "make-key", key).returncode == 0
    for command in (("import", log), ("search", "root"), ("alerts", "list")):
        answer = run(BUILD / "akashi", command[0], "--data", data, "--config", configuration, *command[1:])
        assert answer.returncode == 0, answer.stderr
    assert key.stat().st_uid == 0 and key.stat().st_mode & 0o777 == 0o400
    others = [path for path in data.rglob("*") if path.stat().st_uid != NOBODY]
    assert any(data.iterdir()) and not others, others


TESTS = [the_unit_is_hard_to_get_out_of, the_package_holds_what_it_should, its_configuration_is_right,
         its_scripts_are_well_formed, what_root_does_belongs_to_the_service]


if __name__ == "__main__":
    sys.exit(cases.run([(test.__name__.replace("_", " "), test) for test in TESTS]))
