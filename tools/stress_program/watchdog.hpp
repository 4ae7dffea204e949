// SPDX-License-Identifier: BSD-3-Clause
// A thread that looks at the counts: reports them, and ends the process when they stand still.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "totals.hpp"

namespace stress {

class Watchdog {
 public:
  static constexpr int k_exit_hang = 3;

  // Without progress for as long as `patience`, it writes all threads' stacks and what `tell` says,
  // and ends the process with k_exit_hang.
  Watchdog(Totals const& totals, std::chrono::seconds patience, std::function<std::string()> tell);
  Watchdog(Watchdog const&) = delete;
  Watchdog& operator=(Watchdog const&) = delete;
  ~Watchdog();

 private:
  void watch();
  void report(std::chrono::steady_clock::time_point now);
  [[noreturn]] void give_up() const;

  Totals const& totals_;
  std::chrono::seconds const patience_;
  std::function<std::string()> const tell_;
  bool const is_live_;  // a terminal is looking
  std::chrono::steady_clock::time_point const start_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point last_report_ = start_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_over_ = false;
  std::thread thread_;
};

}  // namespace stress
