// SPDX-License-Identifier: MIT
#include "base/secret.h"

#include "base/file.h"

#include <algorithm>

namespace jobledger {
namespace {

constexpr std::size_t kMaxFileBytes = 16u << 10;
constexpr std::string_view kHidden = "[secret]";

}  // namespace

std::string Secret::hide_in(std::string text) const {
  if (text_.empty()) return text;
  for (std::size_t at = 0; (at = text.find(text_, at)) != std::string::npos; at += kHidden.size()) {
    text.replace(at, text_.size(), kHidden);
  }
  return text;
}

Result<Secret> read_secret(const std::filesystem::path& path) {
  TRY(std::string text, read_file(path, kMaxFileBytes));
  text.resize(std::min(text.find_first_of("\r\n"), text.size()));
  return Secret(std::move(text));
}

}  // namespace jobledger
