// SPDX-License-Identifier: MIT
// Long lists of samples as JSON, at a few nanoseconds each: what data.json holds and answers
// deliver.
//
// Two decimals, `null` for what is no finite number, no brackets: the same bytes as
// write_json_fixed(out, sample, 2) for each, with commas between.
#pragma once

#include <span>
#include <string>

namespace jobledger::schema {

void write_samples(std::string& out, std::span<const float> samples);
void write_samples(std::string& out, std::span<const double> samples);

}  // namespace jobledger::schema
