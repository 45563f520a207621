// SPDX-License-Identifier: MIT
// A certificate for tests of TLS.
#pragma once

#include <filesystem>
#include <string>

namespace jobledger::test {

struct CertificateFiles {
  std::filesystem::path certificate, key;
};

// Self-signed, for localhost; written to the folder as NAME.crt and NAME.key.
CertificateFiles make_certificate(const std::filesystem::path& folder, const std::string& name);

}  // namespace jobledger::test
