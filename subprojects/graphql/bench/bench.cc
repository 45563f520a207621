// SPDX-License-Identifier: MIT

// Times of the library by itself, one line a case; compare.js prints the reference's beside them.
//   ./graphql_bench [milliseconds per case]
// Ends with 1 when a nasty document takes longer than kMostNasty to be parsed and validated.

#include "graphql/graphql.h"
#include "nasty.h"
#include "page.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>

namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr Milliseconds kMostNasty{50};

// Of one call: the best of several rounds.
Milliseconds measure(const std::function<void()>& work, Milliseconds patience) {
  Milliseconds best = Milliseconds::max();
  const auto end = Clock::now() + patience;
  do {
    const auto begin = Clock::now();
    int calls = 0;
    do {
      work();
      ++calls;
    } while (Clock::now() - begin < std::chrono::milliseconds(2));
    best = std::min(best, Milliseconds(Clock::now() - begin) / calls);
  } while (Clock::now() < end);
  return best;
}

const char* describe(graphql::Outcome outcome) {
  switch (outcome) {
    case graphql::Outcome::executed:
      return "valid";
    case graphql::Outcome::limited:
      return "beyond a limit";
    case graphql::Outcome::parse_failed:
    case graphql::Outcome::invalid:
      return "invalid";
    default:
      return "valid, not executed";
  }
}

bool run_nasty(const graphql::Engine& engine, graphql::Request request, Milliseconds patience) {
  Milliseconds most{0};
  for (const nasty::Document& each : nasty::documents()) {
    request.query = each.text;
    const auto response = engine.execute(request);
    const Milliseconds took = measure([&] { (void)engine.execute(request); }, patience);
    most = std::max(most, took);
    std::printf("nasty: %s: %zu bytes, %.2f ms, %s, %zu errors\n", each.name, each.text.size(),
                took.count(), describe(response.outcome), response.errors);
  }
  std::printf("nastiest: %.2f ms of %.0f ms\n", most.count(), kMostNasty.count());
  return most <= kMostNasty;
}

}  // namespace

int main(int argc, char** argv) {
  const Milliseconds patience{argc > 1 ? std::atof(argv[1]) : 300};
  const auto root = page::make_root();
  const auto cached = page::make_engine(512);
  const auto uncached = page::make_engine(0);
  graphql::Request request;
  request.query = page::kQuery;
  const graphql::Value variables = graphql::parse_json(page::kVariables).value();
  request.variables = &variables;
  request.add_root(root);
  const auto response = cached->execute(request);
  if (response.errors > 0) {
    std::fprintf(stderr, "%s\n", response.body.c_str());
    return 1;
  }
  std::printf("execute page of 50 jobs, cached document: %.1f us, %zu bytes\n",
              1e3 * measure([&] { (void)cached->execute(request); }, patience).count(),
              response.body.size());
  graphql::Request empty = request;
  empty.query = page::kQueryNothing;
  std::printf("parse, validate, plan the same without jobs: %.1f us\n",
              1e3 * measure([&] { (void)uncached->execute(empty); }, patience).count());
  return run_nasty(*uncached, request, patience / 3) ? 0 : 1;
}
