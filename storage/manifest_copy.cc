// SPDX-License-Identifier: MIT
#include "storage/manifest_copy.h"

#include "base/file.h"
#include "base/log.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <system_error>
#include <utility>

namespace jobledger::storage {
namespace {

namespace fs = std::filesystem;
using rocksdb::FileOptions;
using rocksdb::FSWritableFile;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

constexpr std::string_view kManifestPrefix = "MANIFEST-";
constexpr std::string_view kCurrent = "CURRENT";
constexpr std::size_t kMaxManifestBytes = std::size_t{2} << 30;
constexpr std::size_t kMaxCurrentBytes = 256;

// Blocks and record headers of RocksDB's logs.
constexpr std::size_t kBlockBytes = 32 << 10;
constexpr std::size_t kHeaderBytes = 7;  // checksum, length (2), type

fs::path copy_of(const fs::path& file) { return file.parent_path() / "copies" / file.filename(); }

bool is_manifest(const fs::path& file) {
  return file.filename().native().starts_with(kManifestPrefix);
}

// Writes to both; the copy follows.
class TwoFiles : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  TwoFiles(std::unique_ptr<FSWritableFile>&& file, std::unique_ptr<FSWritableFile>&& copy,
           fs::path copy_path)
      : FSWritableFileOwnerWrapper(std::move(file)),
        copy_(std::move(copy)),
        copy_path_(std::move(copy_path)) {}

  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options,
                  IODebugContext* context) override {
    IOStatus status = target()->Append(data, options, context);
    if (status.ok() && copy_) keep(copy_->Append(data, options, context));
    return status;
  }
  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options,
                  const rocksdb::DataVerificationInfo&, IODebugContext* context) override {
    return Append(data, options, context);
  }
  IOStatus Flush(const IOOptions& options, IODebugContext* context) override {
    if (copy_) keep(copy_->Flush(options, context));
    return target()->Flush(options, context);
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* context) override {
    IOStatus status = target()->Sync(options, context);
    if (status.ok() && copy_) keep(copy_->Sync(options, context));
    return status;
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* context) override {
    return Sync(options, context);
  }
  IOStatus Close(const IOOptions& options, IODebugContext* context) override {
    if (copy_) keep(copy_->Close(options, context));
    return target()->Close(options, context);
  }

 private:
  // One that lacks something is worse than none.
  void keep(const IOStatus& status) {
    if (status.ok()) return;
    LOG(warning, "storage", "the copy of the manifest cannot be written: {}", status.ToString());
    copy_.reset();
    std::error_code ignored;
    fs::remove(copy_path_, ignored);
  }

  std::unique_ptr<FSWritableFile> copy_;  // null: there is none
  const fs::path copy_path_;
};

class CopyingFileSystem : public rocksdb::FileSystemWrapper {
 public:
  using FileSystemWrapper::FileSystemWrapper;
  const char* Name() const override { return "CopyingFileSystem"; }

  IOStatus NewWritableFile(const std::string& name, const FileOptions& options,
                           std::unique_ptr<FSWritableFile>* result,
                           IODebugContext* context) override {
    IOStatus status = FileSystemWrapper::NewWritableFile(name, options, result, context);
    if (!status.ok() || !is_manifest(name)) return status;
    const fs::path path = copy_of(name);
    std::error_code ignored;  // without the folder there is no copy
    fs::create_directory(path.parent_path(), ignored);
    std::unique_ptr<FSWritableFile> copy;
    if (!FileSystemWrapper::NewWritableFile(path.string(), options, &copy, context).ok())
      return status;
    *result = std::make_unique<TwoFiles>(std::move(*result), std::move(copy), path);
    return status;
  }
  IOStatus DeleteFile(const std::string& name, const IOOptions& options,
                      IODebugContext* context) override {
    if (is_manifest(name)) {
      std::error_code absent;
      fs::remove(copy_of(name), absent);
    }
    return FileSystemWrapper::DeleteFile(name, options, context);
  }
  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                      IODebugContext* context) override {
    IOStatus status = FileSystemWrapper::RenameFile(from, to, options, context);
    const fs::path path = to;
    if (!status.ok() || path.filename() != kCurrent) return status;
    const auto bytes = read_file(path, kMaxCurrentBytes);
    if (bytes) (void)replace_file(copy_of(path), *bytes);
    return status;
  }
};

constexpr std::array<std::uint32_t, 256> make_crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ (value & 1 ? 0x82f63b78U : 0);
    table[i] = value;
  }
  return table;
}

// CRC-32C, turned and shifted as RocksDB stores it.
std::uint32_t masked_crc(std::string_view bytes) {
  static constexpr auto kTable = make_crc_table();
  std::uint32_t crc = 0xffffffff;
  for (const char c : bytes) crc = crc >> 8 ^ kTable[(crc ^ static_cast<std::uint8_t>(c)) & 0xff];
  crc = ~crc;
  return (crc >> 15 | crc << 17) + 0xa282ead8U;
}

std::uint32_t little_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;)
    value = value << 8 | static_cast<std::uint8_t>(bytes[i]);
  return value;
}

// Of a whole file; empty when there is none.
std::string contents(const fs::path& path, std::size_t max_bytes) {
  auto bytes = read_file(path, max_bytes);
  return bytes ? *std::move(bytes) : std::string();
}

// The manifest that CURRENT names, if it is there or its copy is; else empty.
fs::path named_manifest(const fs::path& database, std::string_view current) {
  if (!current.starts_with(kManifestPrefix) || !current.ends_with('\n')) return {};
  current.remove_suffix(1);
  const std::string_view digits = current.substr(kManifestPrefix.size());
  const bool number = !digits.empty() && std::all_of(digits.begin(), digits.end(),
                                                     [](char c) { return c >= '0' && c <= '9'; });
  if (!number) return {};
  const fs::path manifest = database / current;
  std::error_code error;
  return fs::exists(manifest, error) || fs::exists(copy_of(manifest), error) ? manifest
                                                                             : fs::path();
}

// Empty when neither CURRENT nor its copy is of use.
Result<fs::path> restore_current(const fs::path& database) {
  const fs::path path = database / kCurrent;
  fs::path manifest = named_manifest(database, contents(path, kMaxCurrentBytes));
  if (!manifest.empty()) return manifest;
  const std::string copy = contents(copy_of(path), kMaxCurrentBytes);
  manifest = named_manifest(database, copy);
  if (manifest.empty()) return manifest;
  LOG(error, "storage", "{} was damaged, and is replaced by its copy", path.string());
  TRY(replace_file(path, copy));
  return manifest;
}

}  // namespace

bool is_whole_log(std::string_view bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t left = kBlockBytes - at % kBlockBytes;
    if (left < kHeaderBytes) {
      at += left;
      continue;
    }
    if (bytes.size() - at < kHeaderBytes) return false;
    const std::size_t length = little_endian(bytes.substr(at + 4, 2));
    if (length + kHeaderBytes > std::min(left, bytes.size() - at)) return false;
    if (masked_crc(bytes.substr(at + 6, length + 1)) != little_endian(bytes.substr(at, 4))) {
      return false;
    }
    at += kHeaderBytes + length;
  }
  return !bytes.empty();
}

std::shared_ptr<rocksdb::FileSystem> with_manifest_copy(std::shared_ptr<rocksdb::FileSystem> base) {
  return std::make_shared<CopyingFileSystem>(std::move(base));
}

Result<void> restore_manifest(const fs::path& database) {
  TRY(const fs::path manifest, restore_current(database));
  if (manifest.empty()) return {};
  const std::string copy = contents(copy_of(manifest), kMaxManifestBytes);
  const std::string bytes = contents(manifest, kMaxManifestBytes);
  const bool whole = is_whole_log(bytes);
  if (copy.empty() || (whole && bytes.starts_with(copy))) return {};
  // The copy is written later, so that it may lack the end.
  const std::string both = copy + (bytes.size() > copy.size() ? bytes.substr(copy.size()) : "");
  if (!is_whole_log(both) || (whole && both.size() <= bytes.size())) return {};
  LOG(error, "storage", "{} was damaged, and is replaced by its copy", manifest.string());
  return replace_file(manifest, both);
}

}  // namespace jobledger::storage
