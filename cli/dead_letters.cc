// SPDX-License-Identifier: MIT
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/json_view.h"
#include "cli/table.h"

#include <fmt/format.h>

#include <cstdio>
#include <functional>

namespace jobledger::cli {
namespace {

using schema::JsonType;
using schema::JsonValue;

constexpr std::uint32_t kPage = 500;

struct Letter {
  std::int64_t id = 0;
  std::vector<std::string> cells;  // as a row of the list
};

struct Letters {
  std::vector<Letter> items;
  std::int64_t count = 0;  // of all that are kept
};

Letter read_letter(JsonValue value) {
  const std::string where = fmt::format("{}:{}:{}", text_at(value, "stream"),
                                        number_at(value, "sequence"), number_at(value, "line"));
  return {number_at(value, "id"),
          {text_at(value, "id"), format_epoch(number_at(value, "received")),
           text_at(value, "subject"), where, text_at(value, "reason")}};
}

Result<Letters> read_page(const HttpClient& daemon, std::int64_t after, std::uint32_t limit) {
  TRY(const std::string body,
      daemon.get(fmt::format("/api/dead-letters?after={}&limit={}", after, limit)));
  TRY(const JsonValue answer, parse_answer(body));
  const JsonValue items = at(answer, "items");
  if (items.type() != JsonType::array) return invalid("the daemon's answer has no items");
  Letters out{{}, number_at(answer, "count")};
  TRY(items.each_element([&out](std::size_t, JsonValue value) {
    out.items.push_back(read_letter(value));
    return Result<void>();
  }));
  return out;
}

// Does `act` for each letter asked for; goes on after a failure, and tells.
int for_each(const HttpClient& daemon, const LettersOptions& options, std::string_view done,
             const std::function<Result<void>(std::int64_t)>& act) {
  std::vector<std::int64_t> ids = options.ids;
  std::int64_t after = 0;
  while (options.all) {
    auto page = read_page(daemon, after, kPage);
    if (!page) return fail(page.error());
    if (page->items.empty()) break;
    for (const Letter& letter : page->items) ids.push_back(letter.id);
    after = ids.back();
  }
  int status = kExitDone;
  std::size_t succeeded = 0;
  for (const std::int64_t id : ids) {
    if (auto result = act(id); result) {
      ++succeeded;
    } else {
      status = fail(std::move(result).error().in(fmt::format("dead letter {}", id)));
      if (status == kExitUnreachable) break;
    }
  }
  fmt::print("{} of {} dead letters {}\n", succeeded, ids.size(), done);
  return status;
}

}  // namespace

int list_letters(const HttpClient& daemon, const LettersOptions& options) {
  if (options.json) {
    auto body = daemon.get(fmt::format("/api/dead-letters?limit={}", options.limit));
    if (!body) return fail(body.error());
    fmt::print("{}", printable_json(*body));
    return kExitDone;
  }
  auto letters = read_page(daemon, 0, options.limit);
  if (!letters) return fail(letters.error());
  if (letters->items.empty()) {
    fmt::print("no dead letters\n");
    return kExitDone;
  }
  Table table({{"ID", Table::Align::right}, {"RECEIVED"}, {"SUBJECT"}, {"WHERE"}, {"REASON"}});
  for (Letter& letter : letters->items) table.add(std::move(letter.cells));
  fmt::print("{}", table.text());
  if (std::cmp_less(table.rows(), letters->count)) {
    fmt::print(stderr, "{} of {} dead letters; --limit shows more\n", table.rows(), letters->count);
  }
  return kExitDone;
}

int show_letters(const HttpClient& daemon, const LettersOptions& options) {
  for (const std::int64_t id : options.ids) {
    auto body = daemon.get(fmt::format("/api/dead-letters/{}", id));
    if (!body) return fail(body.error());
    if (options.json) {
      fmt::print("{}", printable_json(*body));
      continue;
    }
    auto letter = parse_answer(*body);
    if (!letter) return fail(letter.error());
    fmt::print("id        {}\nreceived  {}\nsubject   {}\nstream    {}, message {}, line {}\n", id,
               format_epoch(number_at(*letter, "received")), printable(text_at(*letter, "subject")),
               printable(text_at(*letter, "stream")), number_at(*letter, "sequence"),
               number_at(*letter, "line"));
    fmt::print("reason    {}\npayload   {}{}\n", printable(text_at(*letter, "reason")),
               printable(text_at(*letter, "payload")),
               text_at(*letter, "payload_cut") == "true" ? " (cut)" : "");
  }
  return kExitDone;
}

int retry_letters(const HttpClient& daemon, const LettersOptions& options) {
  return for_each(daemon, options, "applied", [&daemon](std::int64_t id) -> Result<void> {
    TRY(daemon.post(fmt::format("/api/dead-letters/{}/retry", id), ""));
    return {};
  });
}

int drop_letters(const HttpClient& daemon, const LettersOptions& options) {
  return for_each(daemon, options, "dropped", [&daemon](std::int64_t id) -> Result<void> {
    TRY(daemon.remove(fmt::format("/api/dead-letters/{}", id)));
    return {};
  });
}

}  // namespace jobledger::cli
