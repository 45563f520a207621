// SPDX-License-Identifier: MIT
#include "storage/database_options.h"

#include "storage/layout.h"
#include "storage/node_history_filter.h"
#include "storage/rocks_log.h"

#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/table_properties_collectors.h>
#include <rocksdb/write_buffer_manager.h>

#include <algorithm>
#include <string>
#include <utility>

namespace jobledger::storage {
namespace {

rocksdb::DBOptions database_options(const Config& config, rocksdb::Env* env,
                                    const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::DBOptions options;
  options.env = env;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.paranoid_checks = true;
  options.max_bgerror_resume_count = 0;
  options.max_background_jobs = std::max(config.background_jobs, 1);
  options.write_buffer_manager =
      std::make_shared<rocksdb::WriteBufferManager>(config.memtable_bytes, cache);
  // All families together, so that tables of one never hold more of the log than those of another:
  // behind a damaged place in the log nothing is left then, and the position in it is of the same
  // commit as all else. RocksDB refuses to open what is not like that.
  options.atomic_flush = true;
  // What start has to replay after a crash.
  options.max_total_wal_size = config.max_wal_bytes;
  options.skip_stats_update_on_db_open = true;
  options.bytes_per_sync = 1 << 20;
  options.max_open_files = config.max_open_files;
  options.info_log = make_rocks_log();
  return options;
}

rocksdb::BlockBasedTableOptions table_options(const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions options;
  options.block_cache = cache;
  options.block_size = 16 << 10;
  options.cache_index_and_filter_blocks = true;
  options.cache_index_and_filter_blocks_with_high_priority = true;
  options.pin_l0_filter_and_index_blocks_in_cache = true;
  options.format_version = 5;
  return options;
}

rocksdb::ColumnFamilyOptions family_options(Family family, const Config& config,
                                            const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions options;
  options.compression = rocksdb::kLZ4Compression;
  options.level_compaction_dynamic_level_bytes = true;
  const bool large = family == Family::jobs || family == Family::metric_log;
  if (family == Family::metric_log) options.compression = rocksdb::kNoCompression;  // floats
  options.write_buffer_size =
      std::max<std::size_t>(config.memtable_bytes / (large ? 2 : 8), 64 << 10);
  rocksdb::BlockBasedTableOptions table = table_options(cache);
  if (family == Family::jobs || family == Family::dead_letters) {
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  }
  if (family == Family::dead_letters || family == Family::state || family == Family::state_copy) {
    // Dropped letters and stops leave tombstones that a scan would wade through.
    options.table_properties_collector_factories.push_back(
        rocksdb::NewCompactOnDeletionCollectorFactory(256, 128));
  }
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

// Those that are not ours by name: periods, and what a newer format may have added. RocksDB opens
// nothing unless all are named, and the format version, which says it better, can only be read
// then.
std::vector<std::string> further_families(const rocksdb::DBOptions& options,
                                          const std::filesystem::path& path) {
  std::vector<std::string> names;
  if (!rocksdb::DB::ListColumnFamilies(options, path.string(), &names).ok()) return {};  // none yet
  std::erase_if(names, [](const std::string& name) {
    for (int i = 0; i < kFamilyCount; ++i) {
      if (name == family_name(static_cast<Family>(i))) return true;
    }
    return false;
  });
  return names;
}

}  // namespace

rocksdb::ColumnFamilyOptions period_options(const Config& config,
                                            const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions options;
  options.compression = rocksdb::kNoCompression;  // blocks are compressed by what they hold
  options.level_compaction_dynamic_level_bytes = true;
  options.write_buffer_size = std::max<std::size_t>(config.memtable_bytes / 4, 64 << 10);
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table_options(cache)));
  return options;
}

OpenPlan plan_open(const Config& config, rocksdb::Env* env, const HistoryCutoff& history_cutoff) {
  OpenPlan plan;
  rocksdb::LRUCacheOptions cache_options;
  cache_options.capacity = config.cache_bytes;
  cache_options.high_pri_pool_ratio = 0.3;
  plan.cache = rocksdb::NewLRUCache(cache_options);
  for (int i = 0; i < kFamilyCount; ++i) {
    const auto family = static_cast<Family>(i);
    auto options = family_options(family, config, plan.cache);
    if (family == Family::node_history) {
      options.compaction_filter_factory =
          std::make_shared<NodeHistoryFilterFactory>(history_cutoff);
      // So that what is old is looked at even where nothing is written any more.
      options.periodic_compaction_seconds =
          static_cast<std::uint64_t>(std::max<std::int64_t>(config.node_history.count() / 8, 3600));
    }
    plan.families.emplace_back(std::string(family_name(family)), std::move(options));
  }
  plan.options = database_options(config, env, plan.cache);
  for (std::string& name : further_families(plan.options, config.path)) {
    const bool is_period = parse_period_name(name).has_value();
    plan.families.emplace_back(std::move(name), is_period ? period_options(config, plan.cache)
                                                          : rocksdb::ColumnFamilyOptions());
  }
  return plan;
}

}  // namespace jobledger::storage
