// SPDX-License-Identifier: MIT
#include "nasty.h"

#include <cstdint>
#include <functional>

namespace nasty {
namespace {

std::string number(int i) { return std::to_string(i); }

std::string repeated(const std::string& text, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out.append(text);
  return out;
}

std::string numbered(int count, const std::function<std::string(int)>& part) {
  std::string out;
  for (int i = 0; i < count; ++i) out.append(part(i));
  return out;
}

// Fragments F0, F1, … on Job, of which an operation spreads the first.
std::string web(int count, const std::function<std::string(int)>& body) {
  return "{ jobs { items { ...F0 } } } " + numbered(count, [&](int i) {
           return "fragment F" + number(i) + " on Job { " + body(i) + " } ";
         });
}

std::string spread(int i) { return "...F" + number(i) + " "; }

// Spreads and fields at random, always the same: what a search over such webs found to be worst.
std::string random_web() {
  std::uint32_t state = 1;
  const auto random = [&](int n) {
    state = state * 1664525 + 1013904223;
    return static_cast<int>((state >> 8) % static_cast<std::uint32_t>(n));
  };
  constexpr int kCount = 150;
  return web(kCount, [&](int i) {
    std::string out = "tags { id } ";
    for (int k = 0; k < 20; ++k) {
      const int kind = i + 1 < kCount ? random(3) : 2;
      if (kind < 2) out += spread(std::min(kCount - 1, i + 1 + random(20)));
      if (kind == 2) out += "tags { id name } ";
    }
    return out;
  });
}

std::vector<Document> nested() {
  return {
      {"deep nesting", "{ jobs { items " + repeated("{ ... ", 90) + "{ id }" + repeated(" }", 92)},
      {"deep lists", "{ jobs(page: " + repeated("[", 95) + repeated("]", 95) + ") { count } }"},
      {"inline fragments through fragments", web(60,
                                                 [](int i) {
                                                   return repeated("... { ", 7) +
                                                          (i < 59 ? spread(i + 1) : "tags { id }") +
                                                          repeated(" }", 7);
                                                 })},
      {"long string", "{ jobs(page: \"" + repeated("x", 60000) + "\") { count } }"},
      {"escapes", "{ user(username: \"" + repeated("\\u00e4", 10000) + "\") { name } }"},
      {"block string", "{ user(username: \"\"\"" + repeated("\n ", 30000) + "\"\"\") { name } }"},
      {"comments", "{ jobs { count } } #" + repeated("x", 65000)},
  };
}

std::vector<Document> floods() {
  return {
      {"one field again and again", "{ jobs { " + repeated("count ", 9900) + "} }"},
      {"unknown fields",
       "{ jobs { " + numbered(7000, [](int i) { return "x" + number(i) + " "; }) + "} }"},
      {"aliases",
       "{ jobs { " + numbered(499, [](int i) { return "a" + number(i) + ": count "; }) + "} }"},
      {"one argument again and again", "{ user(" + repeated("username: 1 ", 5000) + ") { name } }"},
      {"unknown arguments", "{ jobs(" +
                                numbered(5000, [](int i) { return "x" + number(i) + ": 1 "; }) +
                                ") { count } }"},
      {"list of wrong values",
       "{ jobMetrics(id: 1, metrics: [" + repeated("1 ", 19000) + "]) { name } }"},
      {"list of empty objects",
       "{ jobs(filter: [" + repeated("{user: {a: 1}} ", 2100) + "]) { count } }"},
      {"variables", "query (" + numbered(499, [](int i) { return "$v" + number(i) + ": Int "; }) +
                        ") { jobs { count } }"},
      {"variable used again and again",
       numbered(95, [](int i) { return "query A" + number(i) + "($v: [String!]) { ...F } "; }) +
           "fragment F on Query { jobs(filter: {user: {in: [" + repeated("$v ", 7000) +
           "]}}) { count } }"},
      {"operations",
       numbered(99, [](int i) { return "query A" + number(i) + "($p: PageRequest) { ...F } "; }) +
           "fragment F on Query { jobs { " + repeated("count ", 5000) + "} }"},
      {"directives", "{ jobs " + repeated("@skip(if: true) ", 499) + "{ count } }"},
      {"types", repeated("type T { a: Int } ", 2500)},
      {"errors after many lines", repeated("\n", 50000) + "{ jobs { " +
                                      numbered(1200, [](int i) { return "x" + number(i) + " "; }) +
                                      "} }"},
  };
}

std::vector<Document> overlaps() {
  return {
      {"conflicting fields",
       "{ jobs { items { " + repeated("a: id b: user ", 240) + "a: jobId } } }"},
      {"different arguments",
       "{ " +
           numbered(90, [](int i) { return "jobs(page: {page: " + number(i) + "}) { count } "; }) +
           "}"},
      {"conflicts below conflicts",
       "{ jobs { items { " +
           repeated("concurrentJobs { items { x: id } } concurrentJobs { items { "
                    "x: jobId } } ",
                    200) +
           "} } }"},
      {"conflicts under long names",
       "{ jobs { " +
           repeated(std::string(600, 'k') + ": count " + std::string(600, 'k') + ": limit ", 45) +
           "} }"},
      {"web of pairs", web(199,
                           [](int i) {
                             return "tags { id } " +
                                    (i < 198 ? spread(i + 1) + spread(i + 1) : std::string());
                           })},
      {"wide web", web(199,
                       [](int i) {
                         return repeated("tags { id } ", 12) +
                                (i < 198 ? spread(i + 1) : std::string());
                       })},
      {"dense web", web(199,
                        [](int i) {
                          return "tags { id } " + numbered(std::min(40, 198 - i), [&](int j) {
                                   return spread(i + 1 + j);
                                 });
                        })},
      {"random web", random_web()},
      {"every fragment in every fragment", web(90, [](int) { return numbered(90, spread); })},
      {"nested web", "{ jobs { items { ...F0 } } } " +
                         numbered(60,
                                  [](int i) {
                                    const std::string next =
                                        i < 59 ? spread(i + 1) : std::string("id ");
                                    return "fragment F" + number(i) + " on Job { id a" + number(i) +
                                           ": id tags { id } " + next + "userData { name } " +
                                           next + "} ";
                                  })},
      {"fragments of one name",
       repeated("fragment F on Query { tags { id } ...F } ", 199) + "{ ...F }"},
  };
}

}  // namespace

std::vector<Document> documents() {
  std::vector<Document> all = nested();
  for (auto part : {floods(), overlaps()}) all.insert(all.end(), part.begin(), part.end());
  return all;
}

}  // namespace nasty
