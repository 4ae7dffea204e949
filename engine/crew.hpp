// SPDX-License-Identifier: BSD-3-Clause
// The threads of one Reactor: all of them or none at construction, replaced when a task ends one,
// joined at the end. Protocol C in README.md.
#pragma once

#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "engine/env.hpp"
#include "engine/parker.hpp"
#include "engine/shared.hpp"
#include "engine/watchdog.hpp"
#include "engine/worker.hpp"

namespace reactor::engine {

template <class Env>
class Crew {
 public:
  // Called on a worker's thread, before its first task and after its last; exit only where start
  // returned.
  struct Hooks {
    std::function<void(std::uint32_t)> start;
    std::function<void(std::uint32_t)> exit;
  };

  // Blocks until every worker is up. Throws what Env::thread or hooks.start threw; no thread is
  // left then.
  Crew(std::uint32_t workers, std::uint64_t spin_ns, std::string name, Hooks hooks)
      : shared_(workers, spin_ns), name_(std::move(name)), hooks_(std::move(hooks)) {
    for (std::uint32_t self = 0; self < workers; ++self) workers_.emplace_back(shared_, self);
    threads_.reserve(workers);
    try {
      for (std::uint32_t self = 0; self < workers; ++self) threads_.push_back(start_thread(self));
      await_up(workers);
      if (start_error_ != nullptr) std::rethrow_exception(start_error_);
    } catch (...) {
      stop();
      throw;
    }
  }

  Crew(Crew const&) = delete;
  Crew& operator=(Crew const&) = delete;

  // Waits for runs in flight. Not for a worker's own thread.
  ~Crew() {
    // Polled: a run's last touch is to say that it is over, so there is nobody to wake us after it.
    while (!shared_.was_unused()) {
      owner_.announce();
      owner_.wait(k_unused_poll_ns);
    }
    stop();
  }

  // From here on deadlines are kept. The first call starts a thread, and throws what Env::thread
  // throws.
  void watch() {
    if (is_watched_.load(std::memory_order_relaxed)) return;
    std::lock_guard const lock(mutex_);
    if (is_watched_.load(std::memory_order_relaxed)) return;
    watchdog_thread_ =
        typename Env::thread(name_ + "/watch", [this] { Watchdog<Env>(shared_).loop(); });
    is_watched_.store(true, std::memory_order_relaxed);
  }

  Shared<Env>& shared() noexcept { return shared_; }
  Shared<Env> const& shared() const noexcept { return shared_; }
  std::deque<Worker<Env>> const& workers() const noexcept { return workers_; }

 private:
  static constexpr std::uint64_t k_unused_poll_ns = 1'000'000;

  typename Env::thread start_thread(std::uint32_t self) {
    return typename Env::thread(name_ + "/" + std::to_string(self), [this, self] { live(self); });
  }

  // One thread's whole life as worker `self`.
  void live(std::uint32_t self) {
    bool const has_started = start(self);
    report_up();
    if (!has_started) return lose_one();  // the constructor throws, or callers must know
    Replacement replacement{*this, self};
    workers_[self].loop();
    replacement.needed = false;
    if (hooks_.exit) hooks_.exit(self);
  }

  bool start(std::uint32_t self) noexcept {
    try {
      if (hooks_.start) hooks_.start(self);
      return true;
    } catch (...) {
      keep_start_error(std::current_exception());
      return false;
    }
  }

  // A task ended its thread (pthread_exit, cancellation): the worker lives on in another.
  struct Replacement {
    Crew& crew;
    std::uint32_t self;
    bool needed = true;
    ~Replacement() {
      if (needed) crew.replace(self);
    }
  };

  void replace(std::uint32_t self) noexcept {
    if (shared_.is_forked()) return;  // a child has no workers, and ends with this thread
    if (hooks_.exit) hooks_.exit(self);
    std::lock_guard const lock(mutex_);
    if (shared_.is_stopping()) return;  // this thread will be joined
    try {
      typename Env::thread replacement = start_thread(self);
      std::swap(threads_[self], replacement);
      replacement.detach();  // that is this thread, which is done with the crew once it unlocks
    } catch (...) {
      lose_one();
    }
  }

  // No thread was to be had. Callers that counted on workers must know when it was the last.
  void lose_one() noexcept {
    // ORDER O36: Shared::is_deserted's load; before Parker::claim's load
    shared_.lost.fetch_add(1, std::memory_order_seq_cst);
    shared_.slab.find_if([](Batch<Env>& batch) {
      batch.caller_parker().unpark();
      return false;
    });
  }

  void keep_start_error(std::exception_ptr error) noexcept {
    std::lock_guard const lock(mutex_);
    if (start_error_ == nullptr) start_error_ = std::move(error);
  }

  void report_up() noexcept {
    // ORDER O37: Crew::await_up's load; the worker is there; start_error_
    up_.fetch_add(1, std::memory_order_seq_cst);
    owner_.unpark();
  }

  void await_up(std::uint32_t workers) noexcept {
    // ORDER O38: Crew::report_up's fetch_add; after Parker::announce's store
    auto const all_up = [&] { return up_.load(std::memory_order_seq_cst) == workers; };
    while (!all_up()) {
      owner_.announce();
      if (all_up()) {
        owner_.withdraw();
      } else {
        owner_.wait();
      }
    }
  }

  void stop() noexcept {
    {
      std::lock_guard const lock(mutex_);
      shared_.stop();
    }
    for (auto& thread : threads_) thread.join();
    if (is_watched_.load(std::memory_order_relaxed)) watchdog_thread_.join();
  }

  // immutable after construction
  Shared<Env> shared_;
  std::string const name_;
  Hooks const hooks_;
  std::deque<Worker<Env>> workers_;

  typename Env::mutex mutex_;  // construction, replacement and the end; never on a task's way
  std::vector<typename Env::thread> threads_;
  std::exception_ptr start_error_;
  typename Env::thread watchdog_thread_;

  // Publishes nothing: what a deadline's caller relies on is the alarm, which is always there.
  typename Env::template atomic<bool> is_watched_{false};
  typename Env::template atomic<std::uint32_t> up_{0};
  Parker<Env> owner_;  // the thread in the constructor or the destructor
};

}  // namespace reactor::engine
