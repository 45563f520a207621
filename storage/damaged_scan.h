// SPDX-License-Identifier: MIT
// Going on behind a place that cannot be read: RocksDB's iterators end there, and do not say how
// far it reaches.
//
// Executor: any thread.
#pragma once

#include <rocksdb/iterator.h>

#include <functional>
#include <memory>
#include <string>

namespace jobledger::storage {

using OpenIterator = std::function<std::unique_ptr<rocksdb::Iterator>()>;

// At the first key that can be read behind `last`; a bounded number of seeks. Pre: a step from
// `last`, or a seek to it, met the damage; keys are of one length. With a status that is not ok:
// all that is left is damaged. Each seek is by another iterator: one that met damage may take it
// for the contents of the next block that it looks at (RocksDB 7.8).
std::unique_ptr<rocksdb::Iterator> seek_behind_damage(const OpenIterator& open,
                                                      const std::string& last);

}  // namespace jobledger::storage
