#!/usr/bin/env python3
"""Fails on an include that the layering does not allow (docs/architecture.md), or on a file longer
than the hard limit. Reads every tracked or new source file."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# folder -> folders it may include (itself always)
LAYERS = {
    "base": set(),
    "schema": {"base"},
    "storage": {"base", "schema"},
    "sources": {"base", "schema", "storage"},
    "archive": {"base", "schema", "storage", "sources"},
    "ingest": {"base", "schema", "storage"},
    "httpd": {"base", "schema", "storage", "sources", "archive", "graphql"},
    "daemon": {"base", "schema", "storage", "sources", "archive", "ingest", "httpd"},
    "cli": {"base", "schema", "archive"},
    "subprojects/graphql": {"graphql"},
}

# third party -> the files that may include it (prefixes)
DOORS = {
    r"rocksdb/": ("storage/",),
    r"nats/": ("ingest/nats_library.h", "cli/simulate_publish.cc"),
    r"boost/beast": ("httpd/session.cc", "httpd/server.cc", "httpd/beast.cc"),
    r"openssl/": ("httpd/tls.cc", "httpd/auth/"),
    r"boost/asio/ssl": ("httpd/tls", "httpd/session.cc", "httpd/server.cc", "httpd/boost_asio_ssl.cc"),
    r"yaml-cpp/": ("daemon/config.cc",),
    r"simdjson": ("schema/json_read.cc",),
    r"prometheus/": ("base/telemetry.cc",),
    r"libdeflate": ("base/gzip.cc",),
    r"zlib": ("base/gzip_stream.cc",),
    r"curl/": ("sources/http_fetch.cc", "cli/http_client.cc"),
    r"CLI/": ("daemon/", "cli/"),
    r"systemd/": ("daemon/notify.cc",),
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)
MAX_LINES = 500


def sources():
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "*.h", "*.cc"],
        cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    return [name for name in listed if (ROOT / name).is_file()]


def folder_of(name):
    for folder in sorted(LAYERS, key=len, reverse=True):
        if name.startswith(folder + "/"):
            return folder
    return None


def problems_of(name):
    text = (ROOT / name).read_text(encoding="utf-8", errors="replace")
    if text.count("\n") > MAX_LINES:
        yield f"{name}: {text.count(chr(10))} lines, more than {MAX_LINES}"
    folder = folder_of(name)
    in_product = folder is not None and "/test/" not in name and "/fuzz/" not in name and "/bench/" not in name
    if not in_product:
        return
    for quote, target in INCLUDE.findall(text):
        for pattern, allowed in DOORS.items():
            if re.match(pattern, target) and not name.startswith(allowed):
                yield f"{name}: <{target}> has its door in {', '.join(allowed)}"
        head = target.split("/")[0]
        if quote == '"' and head in ("test", "bench"):
            yield f"{name}: includes {target}"
        if head in LAYERS and head != folder and head not in LAYERS[folder]:
            yield f"{name}: {folder} may not see {head} ({target})"
        if head == "graphql" and folder != "subprojects/graphql" and "graphql" not in LAYERS[folder]:
            yield f"{name}: {folder} may not see {head} ({target})"


def main():
    found = [problem for name in sources() for problem in problems_of(name)]
    for problem in found:
        print(problem)
    print(f"layers: {len(sources())} files, {len(found)} problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
