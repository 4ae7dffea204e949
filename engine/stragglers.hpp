// SPDX-License-Identifier: BSD-3-Clause
// The threads that were put aside, each in a task that was given up on, until that has ended.
// Protocol G in README.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "engine/counters.hpp"
#include "engine/env.hpp"
#include "engine/worker.hpp"

namespace reactor::engine {

// All but count_approx() under the crew's lock; join() without it.
template <class Env>
class Stragglers {
 public:
  explicit Stragglers(std::size_t max) noexcept : max_(max) {}

  // Before the first add(), so that nothing needs to be allocated then. Throws std::bad_alloc.
  void prepare() {
    threads_.reserve(max_);
    ended_.reserve(max_);
  }

  bool is_full() const noexcept { return threads_.size() == max_; }
  std::size_t count_approx() const noexcept { return count_.load(std::memory_order_relaxed); }

  // Precondition: not full.
  void add(std::unique_ptr<Worker<Env>> worker, typename Env::thread thread) noexcept {
    threads_.push_back({std::move(worker), std::move(thread)});
    count_.store(threads_.size(), std::memory_order_relaxed);
  }

  template <class F>
  void for_each(F const& f) const {
    for (auto const& straggler : threads_) f(*straggler.worker);
  }

  // Those that have said that they came to their end are no longer counted.
  void sort_out() noexcept {
    std::erase_if(threads_, [&](Straggler& straggler) {
      if (!straggler.worker->has_ended()) return false;
      add_up(straggler.worker->counters(), left_);
      ended_.push_back(std::move(straggler));
      return true;
    });
    count_.store(threads_.size(), std::memory_order_relaxed);
  }

  // Waits for the threads of these: they may still run destructors of users' thread_locals, which
  // may want the lock. The watchdog only.
  void join() noexcept {
    for (auto& straggler : ended_) straggler.thread.join();
    ended_.clear();
  }

  // Of those that are no more.
  Counters<Env> const& left() const noexcept { return left_; }

 private:
  struct Straggler {
    std::unique_ptr<Worker<Env>> worker;
    typename Env::thread thread;
  };

  std::size_t const max_;
  std::vector<Straggler> threads_;
  std::vector<Straggler> ended_;  // to be joined
  Counters<Env> left_;
  typename Env::template atomic<std::size_t> count_{0};
};

}  // namespace reactor::engine
