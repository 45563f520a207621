// SPDX-License-Identifier: MIT
// What the values of all elements in one slot are whole multiples of.
//
// Agents count events, processor ticks above all, and divide the counts by the time that passed
// since the last look. That time jitters, so each value by itself looks like noise with a full
// mantissa; but it is the same for all elements of a host. The quotient of one event is the unit of
// the slot, and over their units the values are small whole numbers again.
//
// Executor: any thread, no state.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace jobledger::storage::metrics {

// `values` element by element, `slots` each. A unit for each slot, such that all values that are
// not NaN come back bit by bit from over_units() and times_units(); empty when there is no such
// thing.
std::vector<double> find_units(std::span<const float> values, std::size_t slots);

// For one element: one value and one unit a slot. NaN stays NaN.
void over_units(std::span<const float> values, std::span<const double> units, float* out);
void times_units(std::span<float> values, std::span<const double> units);

}  // namespace jobledger::storage::metrics
