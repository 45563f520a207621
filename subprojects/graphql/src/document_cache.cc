// SPDX-License-Identifier: MIT
#include "document_cache.h"

#include "plan.h"

namespace graphql::detail {
namespace {

void add_conditions(const ast::SelectionSet* set,
                    std::map<std::string_view, ast::Position>& conditions) {
  if (set == nullptr) return;
  for (const ast::Selection& selection : set->selections) {
    for (const ast::Directive& directive : selection.directives) {
      if (directive.name.text != "skip" && directive.name.text != "include") continue;
      for (const ast::Argument& argument : directive.args) {
        if (argument.value.kind != ast::Value::Kind::variable) continue;
        conditions.emplace(argument.value.text, argument.value.at);
      }
    }
    add_conditions(selection.set, conditions);
  }
}

}  // namespace

CompiledDocument::CompiledDocument(std::unique_ptr<const std::string> text, ast::Document document)
    : text_(std::move(text)), document_(std::move(document)) {
  Conditions shared;
  for (const ast::Fragment& fragment : document_.fragments) add_conditions(fragment.set, shared);
  for (const ast::Operation& operation : document_.operations) {
    Conditions& conditions = conditions_[&operation];
    add_conditions(operation.set, conditions);
    conditions.insert(shared.begin(), shared.end());
  }
}

const ast::Position* CompiledDocument::null_condition(const ast::Operation& operation,
                                                      const Value::Object& variables) const {
  const Conditions& conditions = conditions_.at(&operation);
  if (conditions.empty()) return nullptr;
  for (const Value::Member& variable : variables) {
    if (!variable.value.is_null()) continue;
    const auto found = conditions.find(variable.name);
    if (found != conditions.end()) return &found->second;
  }
  return nullptr;
}

CompiledDocument::~CompiledDocument() = default;

std::shared_ptr<const OperationPlan> CompiledDocument::plan(const EngineState& engine,
                                                            const ast::Operation& operation,
                                                            const Value::Object& variables) const {
  constexpr std::size_t kMostPlans = 16;
  std::string key = std::to_string(&operation - document_.operations.data());
  Value::Object conditions;
  for (const auto& [name, at] : conditions_.at(&operation)) {
    char state = '-';
    for (const Value::Member& variable : variables) {
      if (variable.name != name) continue;
      state = variable.value == Value(true) ? 't' : 'f';
      conditions.push_back(variable);
    }
    key.push_back(state);
  }
  std::lock_guard lock(mutex_);
  const auto found = plans_.find(key);
  if (found != plans_.end() && !found->second->overflowed()) return found->second;
  auto plan =
      std::make_shared<const OperationPlan>(engine, document_, operation, std::move(conditions));
  if (plans_.size() < kMostPlans) plans_[std::move(key)] = plan;
  return plan;
}

std::size_t CompiledDocument::bytes() const {
  std::size_t bytes = sizeof *this + text_->size() + document_.arena.bytes();
  std::lock_guard lock(mutex_);
  for (const auto& [key, plan] : plans_) bytes += plan->bytes();
  return bytes;
}

std::shared_ptr<const CompiledDocument> DocumentCache::find(std::string_view text) {
  std::lock_guard lock(mutex_);
  const auto found = index_.find(text);
  if (found == index_.end()) return nullptr;
  order_.splice(order_.begin(), order_, found->second);
  return found->second->document;
}

void DocumentCache::add(std::shared_ptr<const CompiledDocument> document) {
  const std::string_view text = document->text();
  const std::size_t bytes = document->bytes();
  std::lock_guard lock(mutex_);
  if (most_documents_ == 0 || bytes > most_bytes_ || index_.contains(text)) return;
  order_.push_front({std::move(document), bytes});
  index_[text] = order_.begin();
  bytes_ += bytes;
  drop_oldest();
}

void DocumentCache::settle(const CompiledDocument& document) {
  const std::size_t bytes = document.bytes();
  std::lock_guard lock(mutex_);
  const auto found = index_.find(document.text());
  if (found == index_.end() || found->second->document.get() != &document) return;
  bytes_ += bytes - found->second->bytes;
  found->second->bytes = bytes;
  drop_oldest();
}

void DocumentCache::drop_oldest() {
  while (order_.size() > most_documents_ || bytes_ > most_bytes_) {
    bytes_ -= order_.back().bytes;
    index_.erase(order_.back().document->text());
    order_.pop_back();
  }
}

CacheUse DocumentCache::use() const {
  std::lock_guard lock(mutex_);
  return {order_.size(), bytes_};
}

}  // namespace graphql::detail
