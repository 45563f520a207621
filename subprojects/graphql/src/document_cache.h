// SPDX-License-Identifier: MIT
#pragma once

// Parsed and validated documents by their text, the least recently used dropped first. The bound
// holds for their memory, plans included, as a short document may have a large plan.
// Threads: any.

#include "graphql/ast.h"
#include "graphql/engine.h"
#include "graphql/value.h"

#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace graphql::detail {

class OperationPlan;
struct EngineState;

// Valid for its engine. Owns its text.
class CompiledDocument {
 public:
  CompiledDocument(std::unique_ptr<const std::string> text, ast::Document document);
  ~CompiledDocument();

  const ast::Document& document() const { return document_; }
  std::string_view text() const { return *text_; }
  // Of memory, more or less; plans grow while they are used.
  std::size_t bytes() const;
  // A variable that is null decides a @skip or @include of the operation: its place.
  const ast::Position* null_condition(const ast::Operation& operation,
                                      const Value::Object& variables) const;
  // The plan for the values of those variables that decide @skip and @include.
  std::shared_ptr<const OperationPlan> plan(const EngineState& engine,
                                            const ast::Operation& operation,
                                            const Value::Object& variables) const;

 private:
  std::unique_ptr<const std::string> text_;
  ast::Document document_;
  // Variables in @skip and @include, and the first place of each.
  using Conditions = std::map<std::string_view, ast::Position>;
  std::map<const ast::Operation*, Conditions> conditions_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, std::shared_ptr<const OperationPlan>> plans_;
};

class DocumentCache {
 public:
  void set_limits(std::size_t documents, std::size_t bytes) {
    most_documents_ = documents;
    most_bytes_ = bytes;
  }
  // Null pointer when unknown.
  std::shared_ptr<const CompiledDocument> find(std::string_view text);
  void add(std::shared_ptr<const CompiledDocument> document);
  // Takes note of what the document has grown to.
  void settle(const CompiledDocument& document);
  CacheUse use() const;

 private:
  struct Entry {
    std::shared_ptr<const CompiledDocument> document;
    std::size_t bytes;
  };
  using Order = std::list<Entry>;
  void drop_oldest();

  std::size_t most_documents_ = 0;
  std::size_t most_bytes_ = 0;
  mutable std::mutex mutex_;
  Order order_;  // most recently used first
  std::unordered_map<std::string_view, Order::iterator> index_;
  std::size_t bytes_ = 0;
};

}  // namespace graphql::detail
