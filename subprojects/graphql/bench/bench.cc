// SPDX-License-Identifier: MIT

// Times of the library by itself, one line a case; compare.js prints the reference's beside them.
//   ./bench [milliseconds per case]
// "nasty" cases are documents just inside the default limits.

#include "graphql/graphql.h"
#include "page.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>

namespace {

using Clock = std::chrono::steady_clock;

// Microseconds for one call: the best of several rounds.
double measure(const std::function<void()>& work, double milliseconds) {
  double best = 1e30;
  const auto end = Clock::now() + std::chrono::duration<double, std::milli>(milliseconds);
  do {
    const auto begin = Clock::now();
    int calls = 0;
    do {
      work();
      ++calls;
    } while (Clock::now() - begin < std::chrono::milliseconds(10));
    const double each =
        std::chrono::duration<double, std::micro>(Clock::now() - begin).count() / calls;
    best = std::min(best, each);
  } while (Clock::now() < end);
  return best;
}

std::string repeated(std::string_view text, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out.append(text);
  return out;
}

std::string numbered(const char* format, int count) {
  std::string out;
  char text[200];
  for (int i = 0; i < count; ++i) {
    std::snprintf(text, sizeof text, format, i, i, i);
    out.append(text);
  }
  return out;
}

struct Nasty {
  const char* name;
  std::string text;
};

std::vector<Nasty> nasty_documents() {
  std::string web = "{ jobs { ...F0 } }";
  for (int i = 0; i < 199; ++i) {
    const std::string next = "...F" + std::to_string(i + 1 < 199 ? i + 1 : 198);
    web += " fragment F" + std::to_string(i) + " on JobList { items { id } " +
           (i < 198 ? next + " " + next : "count") + " }";
  }
  return {
      {"deep nesting", repeated("{a", 90) + repeated("}", 90)},
      {"deep lists", "{ jobs(page: " + repeated("[", 95) + repeated("]", 95) + ") { count } }"},
      {"one field again and again", "{ jobs { " + repeated("count ", 9900) + "} }"},
      {"conflicting fields",
       "{ jobs { items { " + repeated("a:id b:user ", 240) + "a: jobId } } }"},
      {"different arguments", "{ " + numbered("jobs(page: {page: %d}) { count } ", 90) + "}"},
      {"fragment web", web},
      {"variables", "query (" + numbered("$v%d: Int ", 499) + ") { jobs { count } }"},
      {"unknown fields", "{ jobs { " + numbered("x%d ", 7000) + "} }"},
      {"aliases", "{ jobs { " + numbered("a%d: count ", 499) + "} }"},
      {"operations", numbered("query A%d($p: PageRequest) { ...F } ", 99) +
                         "fragment F on Query { jobs { " + repeated("count ", 5000) + "} }"},
      {"long string", "{ jobs(page: \"" + repeated("x", 60000) + "\") { count } }"},
      {"comments", "{ jobs { count } } #" + repeated("x", 65000)},
  };
}

}  // namespace

int main(int argc, char** argv) {
  const double milliseconds = argc > 1 ? std::atof(argv[1]) : 300;
  const auto root = page::make_root();
  const auto cached = page::make_engine(512);
  const auto uncached = page::make_engine(0);
  graphql::Request request;
  request.query = page::kQuery;
  request.variables_json = page::kVariables;
  request.add_root(root);
  const std::size_t bytes = cached->execute(request).body.size();
  std::printf("execute page of 50 jobs, cached document: %.1f us, %zu bytes\n",
              measure([&] { (void)cached->execute(request); }, milliseconds), bytes);
  graphql::Request empty = request;
  empty.query = page::kQueryNothing;
  const double nothing = measure([&] { (void)uncached->execute(empty); }, milliseconds);
  std::printf("parse, validate, plan the same without jobs: %.1f us\n", nothing);
  for (const Nasty& each : nasty_documents()) {
    graphql::Request nasty = request;
    nasty.query = each.text;
    const auto response = uncached->execute(nasty);
    std::printf("nasty: %s: %zu bytes, %.2f ms (outcome %d, %zu errors)\n", each.name,
                each.text.size(),
                measure([&] { (void)uncached->execute(nasty); }, milliseconds) / 1e3,
                static_cast<int>(response.outcome), response.errors);
  }
}
