// SPDX-License-Identifier: MIT
// How much memory a piece of work takes, of this process as the kernel counts it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <string>

namespace jobledger::test {

inline std::size_t memory_status(const std::string& name) {
  std::ifstream lines("/proc/self/status");
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(name)) return std::stoul(line.substr(name.size() + 1)) * 1024;
  return 0;
}

// By how much the process grew at most while `work` ran, in bytes. 0 in builds with a sanitizer,
// which keeps what was freed: there is nothing to be measured.
template <class Work>
std::size_t peak_growth(Work work) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  work();
  return 0;
#else
  std::ofstream("/proc/self/clear_refs") << "5";  // the peak begins anew
  const std::size_t before = memory_status("VmRSS");
  work();
  return std::max(memory_status("VmHWM"), before) - before;
#endif
}

}  // namespace jobledger::test
