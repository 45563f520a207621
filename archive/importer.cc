// SPDX-License-Identifier: MIT
#include "archive/importer.h"

#include "archive/import_run.h"
#include "archive/job_path.h"

#include <system_error>

namespace jobledger::archive {
namespace {

namespace fs = std::filesystem;

// What `from` is, seen from our tree.
Result<ImportSource> find_source(const Tree& tree, const fs::path& from) {
  std::error_code error;
  const fs::path folder = fs::canonical(from, error);
  if (error) return Error{ErrorKind::not_found, from.string() + ": " + error.message()};
  const fs::path root = fs::canonical(tree.config().path, error);
  if (error) return io_error(tree.config().path.string() + ": " + error.message());
  ImportSource source;
  source.root = folder;
  source.own = folder == root;
  if (!fs::exists(fs::symlink_status(folder / kMetaFile, error))) {
    if (!source.own) TRY(check_version(folder));
    return source;
  }
  // One job: in our tree when it lies below the root, at the place that its contents name.
  source.single = true;
  const auto relative = folder.lexically_relative(root);
  source.own = !relative.empty() && *relative.begin() != "..";
  if (source.own) source.own_path = relative.string();
  return source;
}

}  // namespace

Importer::Importer(const Tree& tree, TreeWriter& tree_writer, storage::Writer& writer)
    : tree_(tree), tree_writer_(tree_writer), writer_(writer) {}

Importer::~Importer() = default;

Result<ImportReport> Importer::run(const fs::path& from, Options options) {
  if (running_.exchange(true)) return Error{ErrorKind::conflict, "an import is running already"};
  struct Release {
    std::atomic<bool>& flag;
    ~Release() { flag = false; }
  } release{running_};
  TRY(tree_.root()->check());
  TRY(ImportSource source, find_source(tree_, from));
  auto run = std::make_shared<Run>(tree_, tree_writer_, writer_, std::move(source));
  {
    const std::lock_guard lock(mutex_);
    current_ = run;
  }
  return run->run(options);
}

ImportProgress Importer::progress() const {
  const std::lock_guard lock(mutex_);
  return current_ ? current_->progress() : ImportProgress{};
}

}  // namespace jobledger::archive
