// SPDX-License-Identifier: MIT
#include "daemon/import_job.h"

#include "base/log.h"

namespace jobledger::daemon {

using State = httpd::ImportProgress::State;

ImportJob::ImportJob(archive::Importer& importer) : importer_(importer) {}

Result<void> ImportJob::start(std::string path, std::int64_t now) {
  if (last_.state == State::running) {
    return Error{ErrorKind::conflict, "an import of " + last_.path + " is running"};
  }
  last_ = {};
  last_.state = State::running;
  last_.path = std::move(path);
  last_.started = now;
  return {};
}

Task<> ImportJob::follow(std::function<std::int64_t()> now) {
  auto work = [this, from = last_.path]() -> Result<archive::ImportReport> {
    return importer_.run(from, {{}, &stop_});
  };
  auto report = co_await offload(pool_, std::move(work));
  last_ = progress();
  last_.ended = now();
  if (!report) {
    last_.state = State::failed;
    last_.error = report.error().detail;
    LOG(warning, "import", "failed path={} reason={}", last_.path, last_.error);
    co_return;
  }
  last_.state = State::finished;
  last_.total = report->found;
  last_.imported = report->imported;
  last_.unchanged = report->unchanged;
  last_.skipped = report->skipped;
  for (const auto& problem : report->skipped_because) {
    last_.skipped_because.emplace_back(problem.reason, problem.count);
  }
  LOG(info, "import", "finished path={} found={} imported={} unchanged={} skipped={}", last_.path,
      report->found, report->imported, report->unchanged, report->skipped);
}

httpd::ImportProgress ImportJob::progress() const {
  httpd::ImportProgress out = last_;
  if (out.state != State::running) return out;
  const auto now = importer_.progress();
  if (!now.running) return out;  // not yet begun
  out.total = now.found;
  out.imported = now.imported;
  out.unchanged = now.unchanged;
  out.skipped = now.skipped;
  return out;
}

void ImportJob::stop() {
  stop_ = true;
  pool_.stop();
}

}  // namespace jobledger::daemon
