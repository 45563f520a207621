// SPDX-License-Identifier: MIT
#include "bench/metric_generator.h"

#include <algorithm>
#include <cmath>

namespace jobledger::bench {

std::string_view to_string(MetricModel model) {
  switch (model) {
    case MetricModel::cpu_user:
      return "cpu_user";
    case MetricModel::cpu_system:
      return "cpu_system";
    case MetricModel::cpu_idle:
      return "cpu_idle";
    case MetricModel::cpu_iowait:
      return "cpu_iowait";
    case MetricModel::zero:
      return "zero";
    case MetricModel::ipc:
      return "ipc";
    case MetricModel::flops:
      return "flops";
    case MetricModel::vectorization:
      return "vectorization";
    case MetricModel::clock_mhz:
      return "clock MHz";
    case MetricModel::mem_bw:
      return "mem_bw";
    case MetricModel::socket_power:
      return "socket power";
    case MetricModel::mem_used_gb:
      return "mem_used GB";
    case MetricModel::mem_used_kb:
      return "mem_used kB";
    case MetricModel::load:
      return "load";
    case MetricModel::counter:
      return "counter 1e12";
    case MetricModel::rate:
      return "rate B/s";
    case MetricModel::gpu_utilisation:
      return "GPU utilisation";
    case MetricModel::gpu_temperature:
      return "GPU temperature";
    case MetricModel::gpu_power:
      return "GPU power";
  }
  return "";
}

HostWindow::HostWindow(std::uint64_t seed, HostShape shape) : random_(seed), shape_(shape) {
  draw_intervals();
  bool computing = shape.busy && chance(0.8);
  double left = between(1, 20);
  for (std::size_t slot = 0; slot < shape.slots; ++slot) {
    computing_.push_back(computing);
    if (--left > 0) continue;
    computing = shape.busy && !computing;
    left = computing ? between(8, 40) : between(1, 6);
  }
}

void HostWindow::draw_intervals() {
  interval_.clear();
  for (std::size_t slot = 0; slot < shape_.slots; ++slot) {
    interval_.push_back(60 + 0.004 * normal_(random_));
  }
}

double HostWindow::tick_percent(double ticks, std::size_t slot) const {
  return ticks / interval_[slot] / 100 * 100;
}

double HostWindow::cpu_value(MetricModel model, std::size_t slot) {
  const double whole = interval_[slot] * 100;
  switch (model) {
    case MetricModel::cpu_user:
      if (!shape_.busy) return tick_percent(poisson(3 * level_), slot);
      return tick_percent(std::floor(whole * (0.997 - std::abs(0.002 * normal_(random_)) -
                                              (computing_[slot] ? 0 : 0.02 * level_))),
                          slot);
    case MetricModel::cpu_system:
      return tick_percent(poisson((shape_.busy ? 12 : 2) * level_), slot);
    case MetricModel::cpu_idle:
      if (shape_.busy) return tick_percent(poisson(5 * level_), slot);
      return tick_percent(std::floor(whole) - poisson(8 * level_), slot);
    default:
      return tick_percent(chance(0.03) ? 1 + poisson(4) : 0, slot);
  }
}

double HostWindow::counter_value(MetricModel model, std::size_t slot) {
  const bool computing = computing_[slot];
  switch (model) {
    case MetricModel::ipc: {
      const double cycles = std::round(2.4e9 * noise(0.004));
      return std::round(cycles * (computing ? 1.6 : 0.7) * level_ * noise(0.02)) / cycles;
    }
    case MetricModel::flops: {
      const double rate = computing     ? 3e9 * noise(0.03)
                          : shape_.busy ? 4e7 * noise(0.3)
                                        : 2e3 * noise(0.5);
      return 1e-9 * std::abs(std::round(rate * level_)) / (1 + 1e-5 * normal_(random_));
    }
    case MetricModel::vectorization: {
      const double packed = std::round((computing ? 9e8 : 2e6) * level_ * noise(0.02));
      return 100 * packed / (packed + std::round((computing ? 6e7 : 5e6) * noise(0.05)));
    }
    case MetricModel::clock_mhz:
      return (shape_.busy ? 2400 : 1100) * level_ * noise(shape_.busy ? 0.003 : 0.05);
    case MetricModel::mem_bw:
      return std::abs(computing     ? 95 * noise(0.03)
                      : shape_.busy ? 8 * noise(0.2)
                                    : 0.15 * noise(0.2)) *
             level_;
    default:  // socket_power
      return (computing ? 240 : shape_.busy ? 180 : 95) * level_ * noise(0.01);
  }
}

double HostWindow::gpu_value(MetricModel model, std::size_t slot) {
  const bool computing = computing_[slot];
  switch (model) {
    case MetricModel::gpu_utilisation:
      return shape_.busy
                 ? std::clamp(std::round((computing ? 96 : 30) + 4 * normal_(random_)), 0.0, 100.0)
                 : 0;
    case MetricModel::gpu_temperature:
      state_ += 0.15 * ((computing ? 66 : 40) * level_ - state_) + 0.3 * normal_(random_);
      return std::round(state_);
    default:  // gpu_power
      return std::round((computing ? 330 : 70) * level_ * noise(0.03) * 1000) / 1000;
  }
}

double HostWindow::series_value(MetricModel model, std::size_t slot) {
  switch (model) {
    case MetricModel::mem_used_gb:
    case MetricModel::mem_used_kb: {
      state_ += std::round((computing_[slot] ? 4000 : 300) * normal_(random_)) * 4;
      const double kb = 6e7 * level_ + state_ - std::fmod(6e7 * level_ + state_, 4);
      return model == MetricModel::mem_used_kb ? kb : kb * 1e-6;
    }
    case MetricModel::load:
      state_ +=
          0.5 * ((shape_.busy ? 72 : 0.1) - state_) + (shape_.busy ? 0.4 : 0.05) * normal_(random_);
      return std::round(std::abs(state_) * 100) / 100;
    case MetricModel::counter:
      state_ += std::round(interval_[slot] * 1e9 * noise(0.05));
      return 1e12 * level_ + state_;
    case MetricModel::rate:
      return std::round(interval_[slot] *
                        std::exp((computing_[slot] ? 16 : 9) + 0.8 * normal_(random_))) /
             interval_[slot];
    case MetricModel::zero:
      return 0;
    case MetricModel::gpu_utilisation:
    case MetricModel::gpu_temperature:
    case MetricModel::gpu_power:
      return gpu_value(model, slot);
    case MetricModel::cpu_user:
    case MetricModel::cpu_system:
    case MetricModel::cpu_idle:
    case MetricModel::cpu_iowait:
      return cpu_value(model, slot);
    default:
      return counter_value(model, slot);
  }
}

std::vector<float> HostWindow::make(MetricModel model, std::size_t elements) {
  std::vector<float> values;
  for (std::size_t element = 0; element < elements; ++element) {
    if (!shape_.common_interval) draw_intervals();
    level_ = std::max(0.1, noise(0.05));
    state_ = model == MetricModel::gpu_temperature ? 60 * level_
             : model == MetricModel::load          ? 70 * shape_.busy
                                                   : 0;
    for (std::size_t slot = 0; slot < interval_.size(); ++slot) {
      values.push_back(static_cast<float>(series_value(model, slot)));
    }
  }
  return values;
}

}  // namespace jobledger::bench
