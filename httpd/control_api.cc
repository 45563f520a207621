// SPDX-License-Identifier: MIT
#include "httpd/control_api.h"

#include "base/file.h"
#include "schema/json_object.h"
#include "schema/json_read.h"
#include "storage/store.h"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <unistd.h>

#include <charconv>
#include <fstream>
#include <functional>
#include <optional>

namespace jobledger::httpd {
namespace asio = boost::asio;

namespace {

using schema::JsonObject;

constexpr std::size_t kDefaultLetters = 100, kMaxLetters = 1'000;  // of one list

template <class T>
std::optional<T> parse_number(std::string_view text) {
  T value{};
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t total = 0, resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

// Read on a worker thread: adding up the head takes a while.
struct StoreState {
  storage::StoreStats stats;
  std::uint64_t metric_hosts = 0, metric_series = 0, metric_head_bytes = 0;
  std::vector<std::string> damaged_jobs;  // the first of them
};

std::vector<std::string> first_damaged(const storage::Snapshot& snapshot) {
  constexpr std::size_t kMax = 100;
  std::vector<std::string> ids;
  for (const auto& [id, damage] : snapshot.damaged_jobs()) {
    if (ids.size() == kMax) break;
    ids.push_back(std::to_string(id));
  }
  return ids;
}

StoreState read_state(const storage::Store& store) {
  const auto snapshot = store.snapshot();
  const auto& head = snapshot->metric_head();
  return {store.stats(), head.index->size(), head.series, head.memory_bytes(),
          first_damaged(*snapshot)};
}

void write_store(JsonObject& out, const StoreState& state) {
  const storage::StoreStats& stats = state.stats;
  JsonObject jobs(out.member("jobs"));
  jobs.integer("total", stats.table.jobs);
  jobs.integer("running", stats.table.running);
  jobs.integer("archive_due", stats.table.due);
  jobs.close();
  out.integer("dead_letters", stats.dead_letters);
  out.integer("dead_letters_dropped", stats.dead_letters_dropped);
  out.integer("parked_stops", stats.parked_stops);
  out.integer("refused_nodes", stats.refused_nodes);
  out.integer("refused_tags", stats.refused_tags);
  out.integer("unreadable_node_reports", stats.unreadable_reports);
  JsonObject damage(out.member("damage"));
  damage.integer("tables", stats.damaged_tables);
  damage.integer("jobs", stats.damaged_jobs);
  damage.texts("job_ids", state.damaged_jobs);
  damage.close();
  JsonObject metrics(out.member("metrics"));
  metrics.integer("hosts", state.metric_hosts);
  metrics.integer("series", state.metric_series);
  metrics.integer("head_bytes", state.metric_head_bytes);
  metrics.integer("damaged_tables", stats.damaged_tables);
  metrics.integer("unreadable_log_entries", stats.unreadable_log_entries);
  metrics.integer("unreadable_blocks", stats.unreadable_blocks);
  metrics.close();
  JsonObject memory(out.member("memory"));
  memory.integer("resident_bytes", resident_bytes());
  memory.integer("job_table_bytes", stats.table.memory_bytes);
  memory.integer("dictionary_bytes", stats.dictionary_bytes);
  memory.integer("record_cache_bytes", stats.record_cache_bytes);
  memory.close();
}

void write_letter(std::string& out, const storage::DeadLetter& letter, bool with_payload) {
  JsonObject object(out);
  object.integer("id", letter.id);
  object.text("stream", letter.origin.stream);
  object.integer("sequence", letter.origin.sequence);
  object.integer("line", letter.origin.line);
  object.text("subject", letter.subject);
  object.integer("received", letter.received);
  object.text("reason", letter.reason);
  object.integer("payload_bytes", letter.payload_bytes);
  object.boolean("payload_cut", letter.payload_cut);
  if (with_payload) object.text("payload", letter.payload);
  object.close();
}

Result<std::string> write_letters(const storage::Store& store, std::int64_t after,
                                  std::size_t limit) {
  const auto snapshot = store.snapshot();
  TRY(const auto letters, snapshot->read_dead_letters(after, limit, false));
  std::string json;
  JsonObject object(json);
  object.integer("count", snapshot->dead_letter_count());
  std::string& items = object.member("items");
  char separator = '[';
  for (const auto& letter : letters) {
    items += separator;
    write_letter(items, letter, false);
    separator = ',';
  }
  items += separator == '[' ? "[]" : "]";
  object.close();
  json += '\n';
  return json;
}

Response to_response(Result<std::string> json) {
  if (!json) return error_response(json.error());
  return json_response(std::move(*json));
}

Response loading() {
  return error_response(Error{ErrorKind::unavailable, "the store is still loading"});
}

std::string_view to_string(ImportProgress::State state) {
  switch (state) {
    case ImportProgress::State::running:
      return "running";
    case ImportProgress::State::finished:
      return "finished";
    case ImportProgress::State::failed:
      return "failed";
    case ImportProgress::State::none:
      break;
  }
  return "none";
}

Result<std::string> parse_import_path(std::string_view body) {
  std::optional<std::string> path;
  TRY(const auto document, schema::JsonReader::of_this_thread().parse(body));
  TRY(document.each_member([&](std::string_view name, schema::JsonValue value) -> Result<void> {
    if (name != "path") return invalid("unknown member");
    TRY(path, value.as_string());
    return {};
  }));
  if (!path) return schema::missing_member("path");
  if (!path->starts_with('/')) return invalid("path: must be absolute");
  return *std::move(path);
}

// Waits for a callback from any thread, on the coroutine's own executor.
Task<Result<void>> submit(const storage::SubmitCommand& submit_command, std::string command) {
  auto initiate = [&submit_command](auto handler, std::string text) {
    auto executor = asio::get_associated_executor(handler);
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    auto guard = asio::make_work_guard(executor);
    submit_command(std::move(text), [shared, guard, executor](Result<void> result) {
      auto outcome = std::make_shared<Result<void>>(std::move(result));
      asio::post(executor, [shared, outcome] { std::move (*shared)(std::move(*outcome)); });
    });
  };
  auto result = co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(Result<void>)>(
      std::move(initiate), asio::use_awaitable, std::move(command));
  co_return result;
}

}  // namespace

ControlApi::ControlApi(const Services& services, WorkerPool& pool)
    : services_(services), pool_(pool) {}

void ControlApi::add_routes(Router& router) {
  const auto add = [&](Method method, std::string pattern, auto handler) {
    Route route{method, std::move(pattern), std::move(handler)};
    route.needs = is_safe(method) ? Access::read : Access::change;
    router.add(std::move(route));
  };
  const auto task = [this](auto member) { return TaskHandler(std::bind_front(member, this)); };
  const auto direct = [this](auto member) { return DirectHandler(std::bind_front(member, this)); };
  add(Method::get, "/api/status", task(&ControlApi::status));
  add(Method::get, "/api/unmatched", task(&ControlApi::unmatched));
  add(Method::get, "/api/set-aside", task(&ControlApi::set_aside));
  add(Method::get, "/api/dead-letters", task(&ControlApi::list_dead_letters));
  add(Method::get, "/api/dead-letters/{}", task(&ControlApi::show_dead_letter));
  add(Method::del, "/api/dead-letters/{}", task(&ControlApi::drop_dead_letter));
  add(Method::post, "/api/dead-letters/{}/retry", task(&ControlApi::retry_dead_letter));
  add(Method::post, "/api/import", direct(&ControlApi::start_import));
  add(Method::get, "/api/import", [this](const Request&) { return import_progress(); });
}

Task<Response> ControlApi::status(const Request&) {
  std::string json;
  JsonObject object(json);
  object.text("version", services_.version);
  const std::chrono::duration<double> uptime = std::chrono::steady_clock::now() - started_;
  object.integer("uptime_seconds", static_cast<std::int64_t>(uptime.count()));
  const Readiness readiness = services_.readiness();
  object.boolean("ready", readiness.ready);
  object.texts("reasons", readiness.reasons);
  object.raw("ingest", services_.ingest_status());
  if (services_.archive_status) object.raw("archive", services_.archive_status());
  if (const storage::Store* store = services_.store()) {
    auto read = [store]() -> Result<StoreState> { return read_state(*store); };
    auto state = co_await offload(pool_, std::move(read));
    if (!state) co_return error_response(state.error());
    write_store(object, *state);
  }
  object.close();
  json += '\n';
  co_return json_response(std::move(json));
}

Task<Response> ControlApi::unmatched(const Request&) {
  co_return json_response(services_.unmatched() + "\n");
}

Task<Response> ControlApi::set_aside(const Request&) {
  if (!services_.set_aside) co_return loading();
  co_return json_response(services_.set_aside() + "\n");
}

Task<Response> ControlApi::list_dead_letters(const Request& request) {
  const auto after = parse_number<std::int64_t>(request.query_value("after").value_or("0"));
  const auto limit = parse_number<std::size_t>(
      request.query_value("limit").value_or(std::to_string(kDefaultLetters)));
  if (!after) co_return error_response(400, "after: expected a number");
  if (!limit || *limit < 1 || *limit > kMaxLetters) {
    co_return error_response(400, "limit: expected a number from 1 to 1000");
  }
  const storage::Store* store = services_.store();
  if (store == nullptr) co_return loading();
  auto read = [store, from = *after, most = *limit] { return write_letters(*store, from, most); };
  auto json = co_await offload(pool_, std::move(read));
  co_return to_response(std::move(json));
}

Task<Response> ControlApi::show_dead_letter(const Request& request) {
  const auto id = parse_number<std::int64_t>(request.parameters.at(0));
  if (!id) co_return error_response(400, "the id of a dead letter is a number");
  const storage::Store* store = services_.store();
  if (store == nullptr) co_return loading();
  auto read = [store, wanted = *id]() -> Result<std::string> {
    TRY(const auto letter, store->snapshot()->read_dead_letter(wanted));
    if (!letter) {
      return Error{ErrorKind::not_found, "no dead letter with id " + std::to_string(wanted)};
    }
    std::string json;
    write_letter(json, *letter, true);
    return json + "\n";
  };
  auto json = co_await offload(pool_, std::move(read));
  co_return to_response(std::move(json));
}

Task<Response> ControlApi::change_dead_letter(std::string id, std::string command) {
  const auto number = parse_number<std::int64_t>(id);
  if (!number) co_return error_response(400, "the id of a dead letter is a number");
  std::string text;
  JsonObject object(text);
  object.text("command", command);
  object.integer("dead_letter", *number);
  object.close();
  auto result = co_await submit(services_.submit_command, std::move(text));
  if (!result) co_return error_response(result.error());
  co_return json_response("{\"status\":\"OK\"}\n");
}

Task<Response> ControlApi::retry_dead_letter(const Request& request) {
  return change_dead_letter(request.parameters.at(0), "dead_letter_retry");
}

Task<Response> ControlApi::drop_dead_letter(const Request& request) {
  return change_dead_letter(request.parameters.at(0), "dead_letter_drop");
}

Response ControlApi::start_import(const Request& request) {
  auto path = parse_import_path(request.body);
  if (!path) return error_response(path.error());
  if (auto started = services_.start_import(*path); !started) {
    const Error& error = started.error();  // its path is what was asked for
    return error_response(http_status(error.kind), error.detail);
  }
  Response response = import_progress();
  response.status = 202;
  return response;
}

Response ControlApi::import_progress() const {
  const ImportProgress progress = services_.import_progress();
  std::string json;
  JsonObject object(json);
  object.text("state", to_string(progress.state));
  object.text("path", progress.path);
  object.integer("total", progress.total);
  object.integer("imported", progress.imported);
  object.integer("unchanged", progress.unchanged);
  object.integer("skipped", progress.skipped);
  JsonObject reasons(object.member("skipped_because"));
  for (const auto& [reason, count] : progress.skipped_because) reasons.integer(reason, count);
  reasons.close();
  object.integer("started", progress.started);
  object.integer("ended", progress.ended);
  object.text("error", progress.error);
  object.close();
  json += '\n';
  return json_response(std::move(json));
}

}  // namespace jobledger::httpd
