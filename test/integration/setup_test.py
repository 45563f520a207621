#!/usr/bin/env python3
"""What a site does before its daemon runs: installing, configuring, the demo."""
import os
import pathlib
import re
import socket
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from case import Case, cli, jobledgerd  # noqa: E402
from harness import ROOT, build_folder  # noqa: E402
from report import run_and_count  # noqa: E402


class ConfigurationTest(Case):
    def write(self, text):
        file = self.path / "c.yaml"
        file.write_text(text)
        return file

    def test_a_good_file_passes(self):
        result = jobledgerd("--check-config", "--config", ROOT / "conf" / "jobledger.yaml")
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_every_error_is_told_with_its_line(self):
        file = self.write("http:\n  listen: 0.0.0.0:80\n  gzip: 7\nstorge:\n  path: /x\n")
        result = jobledgerd("--check-config", "--config", file)
        self.assertEqual(result.returncode, 3)
        lines = result.stderr.splitlines()
        self.assertEqual(len(lines), 3, result.stderr)
        self.assertTrue(lines[0].startswith(f"{file}:2: http.listen: "), lines)
        self.assertTrue(lines[1].startswith(f"{file}:3: http.gzip: "), lines)
        self.assertTrue(lines[2].startswith(f"{file}:4: storge: "), lines)

    def test_a_daemon_does_not_start_on_a_wrong_file(self):
        self.assertEqual(jobledgerd("--config", self.write("auth: {enabled: true}")).returncode, 3)
        self.assertEqual(jobledgerd("--config", self.path / "absent.yaml").returncode, 3)

    def test_what_is_printed_can_be_read(self):
        printed = jobledgerd("--print-config", "--config", self.write("log: {level: debug}")).stdout
        self.assertIn("level: debug", printed)
        again = jobledgerd("--print-config", "--config", self.write(printed))
        self.assertEqual(again.stdout, printed)

    def test_the_reference_file_is_the_built_in_one(self):
        printed = jobledgerd("--print-config", "--config", self.write("")).stdout
        self.assertEqual(printed, (ROOT / "conf" / "jobledger.yaml").read_text())

    def test_a_wrong_command_line_is_status_2(self):
        self.assertEqual(jobledgerd("--what").returncode, 2)
        self.assertEqual(jobledgerd("--no-server").returncode, 2)
        refused = jobledgerd("--add-user", "eve:admin:secret")
        self.assertEqual(refused.returncode, 2)
        self.assertIn("not built yet", refused.stderr)

    def test_version_and_help_are_no_errors(self):
        self.assertIn("jobledgerd ", jobledgerd("--version").stdout)
        self.assertEqual(jobledgerd("--help").returncode, 0)
        self.assertEqual(cli("--help").returncode, 0)


class DemoTest(Case):
    def demo(self, seconds):
        environment = {**os.environ, "DEMO_BUILD": str(build_folder()), "DEMO_FOLDER": str(self.path / "demo"),
                       "DEMO_SECONDS": str(seconds)}
        result = subprocess.run([str(ROOT / "demo" / "run.sh")], env=environment, capture_output=True, text=True,
                                timeout=300)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        return result.stdout

    def test_the_demo_shows_jobs_and_leaves_nothing_running(self):
        told = self.demo(5)
        self.assertIn("curl -s http://127.0.0.1:", told)
        self.assertIn("JOBID", told)
        self.assertIn("all ended", told)
        self.assertEqual(self.processes_that_name(self.path / "demo"), [])
        # The next start is found where the last one was.
        address = re.search(r"Open +(\S+)", told)[1]
        self.assertIn(address, self.demo(1))

    def free_port(self):
        return int(subprocess.check_output([str(ROOT / "demo" / "free_port.py"), str(self.path / "port")]))

    def test_a_port_is_kept_where_it_is_free(self):
        first = self.free_port()
        self.assertEqual(self.free_port(), first)
        with socket.create_server(("127.0.0.1", first)):
            other = self.free_port()
            self.assertNotEqual(other, first)
        self.assertEqual(self.free_port(), other)
        for noise in ("", "no port", "99999999"):
            (self.path / "port").write_text(noise)
            self.assertGreater(self.free_port(), 0)

    def processes_that_name(self, folder):
        found = []
        for file in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                command = file.read_bytes()
            except OSError:  # ended meanwhile
                continue
            if str(folder).encode() in command:
                found.append(command.replace(b"\0", b" ").decode(errors="replace"))
        return found


class InstallTest(Case):
    def test_an_installation_is_complete(self):
        result = subprocess.run(["meson", "install", "-C", str(build_folder()), "--no-rebuild", "--destdir",
                                 str(self.path / "root")], capture_output=True, text=True)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        names = {path.name for path in (self.path / "root").rglob("*") if path.is_file()}
        self.assertTrue({"jobledgerd", "jobledger", "jobledgerd.service", "jobledger.yaml", "jobledger.conf",
                         "README.md", "LICENSE", "CHANGELOG.md"} <= names, names)

    def test_the_daemon_looks_for_its_configuration_where_it_is_installed(self):
        told = jobledgerd("--check-config")
        unit = (build_folder() / "systemd" / "jobledgerd.service").read_text()
        path = unit.split("--config ", 1)[1].split()[0]
        self.assertTrue(path in told.stdout + told.stderr, told)
        self.assertIn(path, jobledgerd("--help").stdout)

    def test_the_unit_has_the_folder_of_the_control_socket(self):
        unit = (build_folder() / "systemd" / "jobledgerd.service").read_text()
        folder = unit.split("RuntimeDirectory=", 1)[1].split()[0]
        self.assertIn(f"socket: /run/{folder}/control.sock\n", (ROOT / "conf" / "jobledger.yaml").read_text())

    def test_an_upgrade_keeps_the_administrators_configuration(self):
        command = ["meson", "install", "-C", str(build_folder()), "--no-rebuild", "--destdir", str(self.path / "root")]
        self.assertEqual(subprocess.run(command, capture_output=True).returncode, 0)
        own = next(path for path in (self.path / "root").rglob("jobledger.yaml") if "doc" not in path.parts)
        self.assertEqual(own.read_text(), (ROOT / "conf" / "jobledger.yaml").read_text())
        own.write_text("archive: {path: /srv/jobs}\n")
        self.assertEqual(subprocess.run(command, capture_output=True).returncode, 0)
        self.assertEqual(own.read_text(), "archive: {path: /srv/jobs}\n")

    def test_systemd_understands_the_unit(self):
        import shutil
        if not shutil.which("systemd-analyze"):
            self.skipTest("systemd-analyze is not there")
        subprocess.run(["meson", "install", "-C", str(build_folder()), "--no-rebuild", "--destdir",
                        str(self.path / "root")], capture_output=True, check=True)
        unit = next((self.path / "root").rglob("jobledgerd.service"))
        daemon = next((self.path / "root").rglob("jobledgerd"))
        text = unit.read_text()
        program = text.split("ExecStart=", 1)[1].split()[0]
        readable = self.path / "jobledgerd.service"
        readable.write_text(text.replace(program, str(daemon)))
        result = subprocess.run(["systemd-analyze", "verify", "--man=no", str(readable)], capture_output=True, text=True)
        wrong = [line for line in (result.stdout + result.stderr).splitlines() if "jobledgerd.service" in line]
        self.assertEqual(wrong, [])


if __name__ == "__main__":
    sys.exit(run_and_count())
