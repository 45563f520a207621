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

std::shared_ptr<const CompiledDocument> DocumentCache::find(std::string_view text) {
  std::lock_guard lock(mutex_);
  const auto found = index_.find(text);
  if (found == index_.end()) return nullptr;
  order_.splice(order_.begin(), order_, found->second);
  return *found->second;
}

void DocumentCache::add(std::shared_ptr<const CompiledDocument> document) {
  const std::string_view text = document->text();
  std::lock_guard lock(mutex_);
  if (most_documents_ == 0 || text.size() > most_bytes_ || index_.contains(text)) return;
  order_.push_front(std::move(document));
  index_[text] = order_.begin();
  bytes_ += text.size();
  while (order_.size() > most_documents_ || bytes_ > most_bytes_) {
    const std::string_view oldest = order_.back()->text();
    bytes_ -= oldest.size();
    index_.erase(oldest);
    order_.pop_back();
  }
}

}  // namespace graphql::detail
