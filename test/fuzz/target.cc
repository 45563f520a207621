// SPDX-License-Identifier: MIT
#include "test/fuzz/target.h"

namespace {

// Static objects register themselves before main, in one thread.
const FuzzTarget*& head_of_list() {
  static const FuzzTarget* head = nullptr;
  return head;
}

}  // namespace

FuzzTarget::FuzzTarget(const char* target_name, Function run)
    : name(target_name), function(run), next(head_of_list()) {
  head_of_list() = this;
}

const FuzzTarget* FuzzTarget::first() { return head_of_list(); }

const FuzzTarget* FuzzTarget::find(std::string_view name) {
  for (const FuzzTarget* target = first(); target != nullptr; target = target->next)
    if (target->name == name) return target;
  return nullptr;
}
