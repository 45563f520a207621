// SPDX-License-Identifier: MIT
// GET /graphiql: the query page, from a folder that web/graphiql/collect.sh fills.
//
// Executor: the loop; the files are read once and answered from memory.
#pragma once

#include "base/result.h"
#include "httpd/router.h"

#include <filesystem>
#include <string>
#include <vector>

namespace jobledger::httpd {

struct PageFile {
  std::string name, content_type, content;
};

// The page and all that it loads; the error names the file that is missing or too long.
Result<std::vector<PageFile>> read_graphiql(const std::filesystem::path& folder);

void add_graphiql_routes(Router& router, std::vector<PageFile> files);

}  // namespace jobledger::httpd
