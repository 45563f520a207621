// SPDX-License-Identifier: MIT
#include "httpd/graphiql.h"

#include "base/file.h"

#include <array>
#include <string_view>

namespace jobledger::httpd {
namespace {

constexpr std::string_view kPage = "index.html";
constexpr std::size_t kMaxFileBytes = 16u << 20;

struct Kind {
  std::string_view name, content_type;
};
constexpr std::array<Kind, 5> kFiles = {{
    {kPage, "text/html; charset=utf-8"},
    {"graphiql.min.css", "text/css; charset=utf-8"},
    {"graphiql.min.js", "text/javascript; charset=utf-8"},
    {"react.production.min.js", "text/javascript; charset=utf-8"},
    {"react-dom.production.min.js", "text/javascript; charset=utf-8"},
}};

}  // namespace

Result<std::vector<PageFile>> read_graphiql(const std::filesystem::path& folder) {
  std::vector<PageFile> files;
  for (const Kind& kind : kFiles) {
    auto content = read_file(folder / kind.name, kMaxFileBytes);
    if (!content) return std::move(content).error().in("http.graphiql");
    files.push_back({std::string(kind.name), std::string(kind.content_type), *std::move(content)});
  }
  return files;
}

void add_graphiql_routes(Router& router, std::vector<PageFile> files) {
  for (PageFile& file : files) {
    Route route;
    route.pattern = file.name == kPage ? "/graphiql" : "/graphiql/" + file.name;
    route.handler = DirectHandler([file = std::move(file)](const Request&) {
      Response response;
      response.content_type = file.content_type;
      response.body = file.content;
      return response;
    });
    router.add(std::move(route));
  }
}

}  // namespace jobledger::httpd
