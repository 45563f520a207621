// SPDX-License-Identifier: MIT

// A request grown from the grammar: each byte chooses one branch, and what the bytes do not choose
// any more is cut short. Names are the schema's (subject.cc) more often than not, so that many
// documents are valid and reach execution.

#include "subject.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace {

constexpr int kMaxDepth = 12;
constexpr std::size_t kMaxText = 8192;  // longer ones only cost time

class Grower {
 public:
  Grower(const std::uint8_t* data, std::size_t size) : at_(data), end_(data + size) {}

  std::string document() {
    do {
      choose(4) == 0 ? fragment() : operation();
    } while (choose(3) == 1);
    return std::move(text_);
  }

 private:
  unsigned choose(unsigned branches) {
    return at_ == end_ || text_.size() > kMaxText ? 0 : *at_++ % branches;
  }
  void put(const char* token) { (text_ += token) += ' '; }
  template <std::size_t N>
  void one_of(const char* const (&tokens)[N]) {
    put(tokens[choose(N)]);
  }

  void operation() {
    static constexpr const char* kKinds[] = {"query", "query", "mutation", "subscription"};
    if (choose(3) == 0) return selection_set(0);
    one_of(kKinds);
    if (choose(2) == 1) name();
    if (choose(2) == 1) variables();
    directives();
    selection_set(0);
  }

  void fragment() {
    static constexpr const char* kNames[] = {"F", "G", "H"};
    put("fragment");
    one_of(kNames);
    type_condition();
    directives();
    selection_set(0);
  }

  void variables() {
    static constexpr const char* kTypes[] = {"Int", "Int!",  "[Int]", "Boolean!", "String",
                                             "In",  "[In!]", "Color", "A"};
    put("(");
    do {
      variable();
      put(":");
      one_of(kTypes);
      if (choose(3) == 1) {
        put("=");
        value(0);
      }
    } while (choose(2) == 1);
    put(")");
  }

  void selection_set(int depth) {
    put("{");
    do {
      const unsigned kind = depth < kMaxDepth ? choose(6) : 0;
      if (kind == 4) {
        put("...");
        if (choose(2) == 1) type_condition();
        directives();
        selection_set(depth + 1);
      } else if (kind == 5) {
        static constexpr const char* kSpreads[] = {"...F", "...G", "...H"};
        one_of(kSpreads);
        directives();
      } else {
        field(depth);
      }
    } while (choose(3) != 0);
    put("}");
  }

  void field(int depth) {
    static constexpr const char* kObjects[] = {"a", "b", "node", "either", "self", "list"};
    static constexpr const char* kLeaves[] = {"id",   "__typename", "text", "number", "flag",
                                              "deep", "color",      "any",  "x"};
    if (choose(5) == 4) {
      name();
      put(":");
    }
    const bool object = depth < kMaxDepth && choose(3) == 1;
    if (object)
      one_of(kObjects);
    else
      one_of(kLeaves);
    if (choose(4) == 3) arguments();
    directives();
    if (object) selection_set(depth + 1);
  }

  void arguments() {
    static constexpr const char* kNames[] = {"value", "in", "color", "f", "i", "of", "if", "n"};
    put("(");
    do {
      one_of(kNames);
      put(":");
      value(0);
    } while (choose(3) == 1);
    put(")");
  }

  void directives() {
    static constexpr const char* kDirectives[] = {"@skip(if: true)", "@include(if: $b)",
                                                  "@skip(if: $b)", "@x", "@include"};
    while (choose(6) == 5) one_of(kDirectives);
  }

  void type_condition() {
    static constexpr const char* kTypes[] = {"A", "B", "Node", "Either", "Query", "Color", "X"};
    put("on");
    one_of(kTypes);
  }

  void value(int depth) {
    static constexpr const char* kValues[] = {
        "1",    "-0",  "1.5e3",        "3000000000",          "true",
        "null", "RED", "\"s\\u00e9\"", "\"\"\" b\n  c\"\"\"", "x"};
    const unsigned kind = depth < kMaxDepth ? choose(5) : 0;
    if (kind == 4) {
      put("{");
      while (choose(3) == 1) {
        static constexpr const char* kMembers[] = {"n:", "in:", "list:", "color:", "y:"};
        one_of(kMembers);
        value(depth + 1);
      }
      put("}");
    } else if (kind == 3) {
      put("[");
      while (choose(3) == 1) value(depth + 1);
      put("]");
    } else if (kind == 2) {
      variable();
    } else {
      one_of(kValues);
    }
  }

  void variable() {
    static constexpr const char* kVariables[] = {"$a", "$b", "$s", "$o", "$l", "$z"};
    one_of(kVariables);
  }
  void name() {
    static constexpr const char* kNames[] = {"k", "m", "id", "F"};
    one_of(kNames);
  }

  const std::uint8_t* at_;
  const std::uint8_t* end_;
  std::string text_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  answer_twice(Grower(data, size).document());
  return 0;
}
