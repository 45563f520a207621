#!/usr/bin/env python3
"""Fails when two sources of a folder give one private name to different things.

Whole trees are built with several sources as one unit (unity builds), where an unnamed namespace of one
source meets that of the next. Functions may share a name when their parameters differ. Names inside
classes and functions, which stand indented, cannot meet.
"""
import collections
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# Compiled by themselves, or as a program of their own.
APART = re.compile(r"(^|/)(main|runner|replay|books)\.cc$|(^|/)(bench|fuzz)/")

OPENS = re.compile(r"^namespace\s*\{")
CLOSES = re.compile(r"^\}  // namespace$")
NAMED = re.compile(r"^(?:inline )?namespace ([\w:]+) \{")
NAMED_CLOSES = re.compile(r"^\}  // namespace \S+")
ALIAS = re.compile(r"^using (\w+) = .*;|^namespace (\w+) = .*;", re.S)
TYPE = re.compile(r"^(?:struct|class|enum class|enum|union) (?:alignas\(\w+\) )?(\w+)\b(?!.*;$)")
VALUE = re.compile(r"^[\w:<>,*& ]+ \*?(\w+)(?:\[\w*\])*(?:;| =|\{)|^[^()=;]* (k[A-Z]\w+)\(")
FUNCTION = re.compile(r"^[\w:][^=;]*?[ &*>](\w+)\((.*)$", re.S)
KEYWORDS = ("TEST_CASE", "FUZZ_TARGET", "#", "//", "}", "template", " ", "\n", "using namespace")


def statements(text):
    """(namespace, private, text) of everything that begins in the first column."""
    path, private, lines = [], False, text.split("\n")
    for number, line in enumerate(lines):
        if OPENS.match(line):
            private = True
        elif CLOSES.match(line):
            private = False
        elif NAMED.match(line):
            path.append(NAMED.match(line)[1])
        elif NAMED_CLOSES.match(line):
            path[-1:] = []
        elif line and not line.startswith(KEYWORDS) and (not line.startswith('namespace') or '=' in line):
            end = number
            while end + 1 < len(lines) and not re.search(r"[;{]\s*(//.*)?$", lines[end]):
                end += 1
            yield "::".join(path), private, "\n".join(lines[number:end + 1])


def parameters(text):
    """Types alone, roughly: names and defaults away."""
    depth, out = 1, ""
    for c in text:
        depth += (c in "([<") - (c in ")]>")
        if depth == 0:
            break
        out += c
    return tuple(re.sub(r"\s*\b\w+$|\s+", "", part.split("=")[0].strip()) for part in re.split(r",(?![^<(]*[>)])", out))


def named(statement):
    """(name, its parameters, the text of an alias or else None) of a declaration, or None."""
    found = ALIAS.match(statement)
    if found:  # the same once more is no other thing
        return found[1] or found[2], " ".join(statement.split())
    found = TYPE.match(statement)
    if found:
        return found[1], None
    found = VALUE.match(statement)
    if found:
        return found[1] or found[2], None
    found = FUNCTION.match(statement)
    if found and "(" in statement.split("=")[0].split("{")[0]:
        return found[1], parameters(found[2])
    return None


def declared(name):
    """{(namespace, name): parameters} of what is private in a source."""
    text = (ROOT / name).read_text(encoding="utf-8", errors="replace")
    found = collections.defaultdict(set)
    for namespace, private, statement in statements(text):
        declaration = named(statement) if private or ALIAS.match(statement) else None
        if declaration:
            found[namespace, declaration[0]].add(declaration[1])
    return found


def public_types(header):
    text = (ROOT / header).read_text(encoding="utf-8", errors="replace")
    for namespace, _, statement in statements(text):
        found = TYPE.match(statement)
        if found:
            yield namespace, found[1]


def problems_of(sources, headers):
    """Of the sources of one folder."""
    users = collections.defaultdict(list)
    for source in sources:
        for key, signatures in declared(source).items():
            users[key] += [(source, signature) for signature in signatures]
    shared = {key: header for header in headers for key in public_types(header)}
    for (namespace, name), uses in sorted(users.items()):
        signatures = [signature for _, signature in uses]
        files = sorted({source for source, _ in uses})
        aliases = {signature for signature in signatures if isinstance(signature, str)}
        functions = [signature for signature in signatures if isinstance(signature, tuple)]
        clash = None in signatures or len(aliases) > 1 or len(set(functions)) < len(functions)
        if len(files) > 1 and clash:
            yield f"{files[0]}: {name} is another thing in {', '.join(files[1:])}"
        if (namespace, name) in shared and None in signatures:
            yield f"{files[0]}: {name} is another thing in {shared[namespace, name]}"


def main():
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "*.h", "*.cc"],
                            cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    listed = [name for name in listed if (ROOT / name).is_file()]
    folders = collections.defaultdict(list)
    for name in listed:
        if name.endswith(".cc") and not APART.search(name):
            folders[str(pathlib.Path(name).parent).removesuffix("/graphql").removesuffix("/rest")].append(name)
    found = []
    for folder, sources in sorted(folders.items()):
        headers = [name for name in listed if name.endswith(".h") and name.startswith(folder + "/")]
        found += problems_of(sources, headers)
    print("\n".join(found + [f"names: {len(listed)} files, {len(found)} problems"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
