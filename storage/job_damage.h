// SPDX-License-Identifier: MIT
// Jobs whose record the disk has lost. A job's row has what lists, filters and statistics need; so
// a record is made of it, which says in its metaData that it is not the one that was written. It
// counts as damaged until the true one comes back from the archive. Pure; any thread.
#pragma once

#include "base/result.h"
#include "schema/job.h"
#include "storage/jobs/dictionaries.h"
#include "storage/jobs/row.h"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace jobledger::storage {

enum class JobDamage : std::uint8_t {
  lost,      // nothing is left but the row
  outdated,  // an older record is left, completed from the row
};
using DamagedJobs = std::map<std::int64_t, JobDamage>;  // by number

// The metaData entry of such a record.
constexpr std::string_view kDamageEntry = "jobledgerDamage";

// The value of a damage key (layout.h).
std::string encode_damage(JobDamage damage);
Result<JobDamage> decode_damage(std::string_view bytes);

// `tags`: all, by number from 1.
schema::Job job_of_row(const jobs::Row& row, const jobs::Dictionaries& dictionaries,
                       std::span<const schema::Tag> tags);
// What does not change while a job lives is taken of `older`.
schema::Job complete_job(schema::Job older, const jobs::Row& row,
                         const jobs::Dictionaries& dictionaries, std::span<const schema::Tag> tags);

}  // namespace jobledger::storage
