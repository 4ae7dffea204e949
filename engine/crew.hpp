// SPDX-License-Identifier: BSD-3-Clause
// The threads of one Reactor: all of them or none at construction, replaced when a task ends one or
// keeps one for too long, joined at the end. Protocols C and G in README.md.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "engine/env.hpp"
#include "engine/parker.hpp"
#include "engine/roll_call.hpp"
#include "engine/shared.hpp"
#include "engine/stragglers.hpp"
#include "engine/watchdog.hpp"
#include "engine/worker.hpp"

namespace reactor::engine {

template <class Env>
class Crew {
 public:
  // start and exit: on a worker's thread, before its first task and after its last; exit only where
  // start returned. On the watchdog's thread: watch, at its beginning; straggles, for a task that
  // still runs long after it was given up on.
  struct Hooks {
    std::function<void(Worker<Env> const&)> start;
    std::function<void(std::uint32_t)> exit;
    std::function<void()> watch = {};
    std::function<void(std::uint64_t task, std::uint32_t worker, std::uint64_t ran_ns)> straggles =
        {};
  };

  // Blocks until every worker is up. `cpus`: how many of them can run at once. Throws what
  // Env::thread or hooks.start threw; no thread is left then.
  Crew(std::uint32_t workers, std::uint64_t spin_ns, std::string name, Hooks hooks,
       std::size_t stragglers_max = 0, std::uint32_t cpus = 0)
      : shared_(workers, spin_ns, cpus),
        name_(std::move(name)),
        hooks_(std::move(hooks)),
        stragglers_(stragglers_max) {
    for (std::uint32_t self = 0; self < workers; ++self) {
      workers_.push_back(std::make_unique<Worker<Env>>(shared_, self));
    }
    threads_.reserve(workers);
    try {
      for (auto const& worker : workers_) threads_.push_back(start_thread(*worker));
      roll_call_.await(workers);
    } catch (...) {
      stop();
      throw;
    }
  }

  Crew(Crew const&) = delete;
  Crew& operator=(Crew const&) = delete;

  // Waits for runs in flight. Not for a worker's own thread.
  ~Crew() {
    shared_.await_unused();
    stop();
  }

  // From here on deadlines are kept. The first call starts a thread, and throws what Env::thread
  // throws.
  void watch() {
    if (is_watched_.load(std::memory_order_relaxed)) return;
    std::lock_guard const lock(mutex_);
    if (is_watched_.load(std::memory_order_relaxed)) return;
    stragglers_.prepare();
    watchdog_thread_ = typename Env::thread(name_ + "/watch", [this] {
      if (hooks_.watch) hooks_.watch();
      Watchdog<Env, Crew<Env>>(shared_, *this).loop();
    });
    is_watched_.store(true, std::memory_order_relaxed);
  }

  Shared<Env>& shared() noexcept { return shared_; }
  Shared<Env> const& shared() const noexcept { return shared_; }

  // Calls f on the counters of all threads that there are or were. O(workers), under a lock.
  template <class F>
  void for_each_counters(F const& f) const {
    std::unique_lock lock(mutex_, std::defer_lock);
    if (!shared_.is_forked()) lock.lock();  // in a child nobody may be left to unlock it
    for (auto const& worker : workers_) f(worker->counters());
    stragglers_.for_each([&](Worker<Env> const& straggler) { f(straggler.counters()); });
    f(stragglers_.left());
  }
  std::size_t stragglers_approx() const noexcept { return stragglers_.count_approx(); }

  // ---- the watchdog, which alone changes who is which worker ----

  template <class F>
  void for_each_worker(F const& f) noexcept {
    for (auto const& worker : workers_) f(*worker);
  }
  template <class F>
  void for_each_straggler(F const& f) noexcept {
    if (stragglers_.count_approx() == 0) return;
    join_stragglers();
    stragglers_.for_each(f);
  }
  void report(Worker<Env> const& straggler, std::uint64_t task, std::uint64_t ran_ns) noexcept {
    if (hooks_.straggles) hooks_.straggles(task, straggler.self(), ran_ns);
  }

  // Another thread is worker `self` from here on. False when none is to be had.
  bool put_aside(std::uint32_t self) noexcept {
    join_stragglers();
    std::lock_guard const lock(mutex_);
    if (stragglers_.is_full()) return false;
    try {
      auto successor = std::make_unique<Worker<Env>>(shared_, self);
      typename Env::thread thread = start_thread(*successor);
      std::swap(workers_[self], successor);
      std::swap(threads_[self], thread);
      return stragglers_.add(std::move(successor), std::move(thread)), true;
    } catch (...) {
      return false;
    }
  }

 private:
  void join_stragglers() noexcept {
    {
      std::lock_guard const lock(mutex_);
      stragglers_.sort_out();
    }
    stragglers_.join();
  }

  typename Env::thread start_thread(Worker<Env>& worker) {
    return typename Env::thread(name_ + "/" + std::to_string(worker.self()),
                                [this, &worker] { live(worker); });
  }

  // One thread's whole life.
  void live(Worker<Env>& worker) {
    bool const has_started = start(worker);
    roll_call_.report_up();
    if (!has_started) return lose_one();  // the constructor throws, or callers must know
    Replacement replacement{*this, worker};
    worker.loop();
    replacement.needed = false;
    end(worker);
  }

  void end(Worker<Env>& worker) noexcept {
    if (hooks_.exit) hooks_.exit(worker.self());
    if (!worker.seat().is_aside()) return;
    shared_.in_flight.end();
    worker.say_that_it_ended();
  }

  bool start(Worker<Env> const& worker) noexcept {
    try {
      if (hooks_.start) hooks_.start(worker);
      return true;
    } catch (...) {
      roll_call_.report_error(std::current_exception());
      return false;
    }
  }

  // A task ended its thread (pthread_exit, cancellation): the worker lives on in another.
  struct Replacement {
    Crew& crew;
    Worker<Env>& worker;
    bool needed = true;
    ~Replacement() {
      if (needed) crew.replace(worker);
    }
  };

  void replace(Worker<Env>& worker) noexcept {
    if (shared_.is_forked()) return;  // a child has no workers, and ends with this thread
    end(worker);
    if (worker.seat().is_aside()) return;  // it was replaced before
    if (worker.seat().was_given_up()) {
      worker.seat().clear();
      shared_.remove_stuck();
    }
    if (!start_another(worker)) lose_one();
  }

  // In place of this thread, which is done with the crew if it is true.
  bool start_another(Worker<Env>& worker) noexcept {
    std::lock_guard const lock(mutex_);
    if (shared_.is_stopping()) return true;  // this thread will be joined
    try {
      typename Env::thread replacement = start_thread(worker);
      std::swap(threads_[worker.self()], replacement);
      return replacement.detach(), true;
    } catch (...) {
      return false;
    }
  }

  // No thread was to be had. Who counted on workers must know when it was the last.
  void lose_one() noexcept {
    // ORDER O36: Shared::is_deserted's load; before Parker::claim's load
    shared_.lost.fetch_add(1, std::memory_order_seq_cst);
    shared_.slab.find_if([this](Batch<Env>& batch) {
      batch.caller_parker().unpark();
      if (shared_.is_deserted()) batch.stop_if_kept();
      return false;
    });
    if (shared_.is_deserted()) shared_.refuse_all();
  }

  void stop() noexcept {
    {
      std::lock_guard const lock(mutex_);
      shared_.stop();
    }
    for (auto& thread : threads_) thread.join();
    if (!is_watched_.load(std::memory_order_relaxed)) return;
    shared_.alarm.expect(0);  // it goes when no straggler is left
    watchdog_thread_.join();
  }

  // immutable after construction
  Shared<Env> shared_;
  std::string const name_;
  Hooks const hooks_;

  // construction, replacement, counting and the end; never on a task's way
  mutable typename Env::mutex mutex_;
  std::vector<std::unique_ptr<Worker<Env>>> workers_;
  std::vector<typename Env::thread> threads_;
  Stragglers<Env> stragglers_;
  typename Env::thread watchdog_thread_;

  // Publishes nothing: what a deadline's caller relies on is the alarm, which is always there.
  typename Env::template atomic<bool> is_watched_{false};
  RollCall<Env> roll_call_;
};

}  // namespace reactor::engine
