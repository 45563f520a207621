// SPDX-License-Identifier: MIT
// libFuzzer's entry points for a binary of several targets: `--target=NAME` chooses one (libFuzzer
// ignores flags with two dashes and hands them on to the processes it starts), `--targets` lists
// them.
#include "test/fuzz/target.h"

#include <cstdio>
#include <cstdlib>

namespace {

const FuzzTarget* chosen = nullptr;

void list_targets() {
  for (const FuzzTarget* target = FuzzTarget::first(); target != nullptr; target = target->next)
    std::printf("%s\n", target->name);
  std::exit(0);
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  constexpr std::string_view option = "--target=";
  for (int i = 1; i < *argc; ++i) {
    const std::string_view argument = (*argv)[i];
    if (argument == "--targets") list_targets();
    if (argument.starts_with(option)) chosen = FuzzTarget::find(argument.substr(option.size()));
  }
  if (chosen != nullptr) return 0;
  std::fprintf(stderr, "no such target: --target=NAME chooses one of --targets\n");
  std::exit(2);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return chosen->function(data, size);
}
