// SPDX-License-Identifier: BSD-3-Clause
#include "watchdog.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "signals.hpp"
#include "stacks.hpp"

namespace stress {

using std::chrono::steady_clock;

Watchdog::Watchdog(Totals const& totals, std::chrono::seconds patience,
                   std::function<std::string()> tell)
    : totals_(totals),
      patience_(patience),
      tell_(std::move(tell)),
      is_live_(isatty(STDERR_FILENO) == 1) {
  prepare_stacks();
  thread_ = start_without_signals([this] { watch(); });
}

Watchdog::~Watchdog() {
  {
    std::lock_guard const lock(mutex_);
    is_over_ = true;
  }
  changed_.notify_one();
  thread_.join();
  if (is_live_) fmt::print(stderr, "\n");
}

void Watchdog::watch() {
  std::uint64_t seen = 0;
  auto seen_at = steady_clock::now();
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, std::chrono::milliseconds(200), [this] { return is_over_; })) {
    auto const now = steady_clock::now();
    std::uint64_t const progress = totals_.progress.load(std::memory_order_relaxed);
    if (progress != seen) {
      seen = progress;
      seen_at = now;
    } else if (now - seen_at > patience_) {
      give_up();
    }
    report(now);
  }
}

void Watchdog::report(steady_clock::time_point now) {
  if (now - last_report_ < std::chrono::seconds(is_live_ ? 1 : 10)) return;
  last_report_ = now;
  fmt::print(stderr, "{}{} s: {} programs, {} runs, {} tasks, {} errors{}", is_live_ ? "\r" : "",
             std::chrono::duration_cast<std::chrono::seconds>(now - start_).count(),
             totals_.programs.load(), totals_.runs.load(), totals_.tasks.load(),
             totals_.errors.load(), is_live_ ? "  " : "\n");
  std::fflush(stderr);
}

void Watchdog::give_up() const {
  fmt::print(stderr, "\nHANG: nothing has moved for {} s.\n", patience_.count());
  dump_all_stacks();
  fmt::print(stderr, "\n{}", tell_());
  std::fflush(stderr);
  std::_Exit(k_exit_hang);
}

}  // namespace stress
