#!/usr/bin/env python3
"""embed_text.py INPUT OUTPUT: a .cc file that defines api_schema_text() as the text of INPUT."""
import pathlib
import sys

text = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")
assert ')TEXT"' not in text
pathlib.Path(sys.argv[2]).write_text(
    '#include "httpd/graphql/bindings.h"\n\n'
    "std::string_view jobledger::httpd::api_schema_text() {\n"
    f'  return R"TEXT({text})TEXT";\n'
    "}\n", encoding="utf-8")
