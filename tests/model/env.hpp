// SPDX-License-Identifier: BSD-3-Clause
// The machine as the checker has it: an Env for the engine's templates.
#pragma once

#include <cerrno>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "tests/model/atomic.hpp"
#include "tests/model/bag.hpp"
#include "tests/model/checker.hpp"

namespace reactor::model {

struct Env {
  template <class T>
  using atomic = Atomic<T>;
  template <class T>
  using queue = Bag<T>;

  // Not to be had when the bounds allow a fault.
  class thread {
   public:
    thread() = default;
    thread(std::string const& name, std::function<void()> body, char const* file = __builtin_FILE(),
           int line = __builtin_LINE()) {
      if (choices().choose(2, Kind::fault) != 0) {
        memory().tell(this, {file, line}, "no thread to be had");
        throw std::system_error(EAGAIN, std::generic_category());
      }
      number_ = scheduler().spawn(name.c_str(), std::move(body));
      memory().tell(this, {file, line}, "starts thread", number_);
    }
    void join(char const* file = __builtin_FILE(), int line = __builtin_LINE()) {
      scheduler().join(number_);
      memory().tell(this, {file, line}, "has joined thread", number_);
    }
    void detach() { scheduler().thread(number_).is_joined = true; }

   private:
    std::uint32_t number_ = 0;
  };

  class mutex {
   public:
    mutex() { memory().create(cell_, 0); }
    ~mutex() { memory().destroy(cell_); }
    void lock(char const* file = __builtin_FILE(), int line = __builtin_LINE()) {
      memory().touch(cell_, {file, line});
      scheduler().wait_until(
          this, [](void const* self) { return !static_cast<mutex const*>(self)->is_locked_; });
      is_locked_ = true;
      scheduler().current().clock.join(released_);
      memory().tell(this, {file, line}, "locks");
    }
    void unlock() {
      ++scheduler().clock_of_self();
      released_ = scheduler().current().clock;
      is_locked_ = false;
    }

   private:
    Cell cell_;
    bool is_locked_ = false;
    VectorClock released_;
  };

  // Counts what it was told. A copy shares the count.
  struct stop_source {
    void request_stop() noexcept { requests->fetch_add(1, std::memory_order_release); }
    std::shared_ptr<Atomic<int>> requests = std::make_shared<Atomic<int>>(0);
  };

  using task_stop_source = stop_source;

  // Where a thread runs changes nothing.
  struct cpu_loan {
    static constexpr std::uint64_t k_patience_ns = Scheduler::k_never_ns;
    void enter(void const*) noexcept {}
    void leave() noexcept {}
    static void offer(auto&, void const*, auto const&) noexcept {}
  };

  // A guess at what is quicker, which changes no outcome.
  struct help_cost {
    static constexpr std::uint64_t k_least_ns = 1'000;
    static constexpr std::uint64_t worth_ns() noexcept { return 2'500; }
    static void note(std::uint64_t) noexcept {}
    static void note_kept(std::uint64_t) noexcept {}
  };

  static std::uint64_t now_ns() noexcept { return scheduler().now_ns(); }
  static std::uint64_t ticks_ns() noexcept { return now_ns(); }
  static void relax() noexcept { scheduler().relax(); }
  static void yield() noexcept { scheduler().relax(); }
  static int cpu() noexcept { return -1; }
  static std::uint64_t generation() noexcept { return 0; }

  static void futex_wait(atomic<std::uint32_t>& word, std::uint32_t expected,
                         std::uint64_t timeout_ns, char const* file = __builtin_FILE(),
                         int line = __builtin_LINE()) noexcept {
    std::uint64_t const newest = memory().peek(word.cell(), {file, line});
    if (newest != expected) return memory().tell(&word.cell(), {file, line}, "differs", newest);
    if (choices().choose(2, Kind::stale) != 0) {
      return memory().tell(&word.cell(), {file, line}, "is interrupted");
    }
    memory().tell(&word.cell(), {file, line}, "sleeps");
    scheduler().wait_for_wake(&word.cell(), timeout_ns == Scheduler::k_never_ns
                                                ? Scheduler::k_never_ns
                                                : scheduler().now_ns() + timeout_ns);
  }

  static void futex_wake_one(atomic<std::uint32_t>& word, char const* file = __builtin_FILE(),
                             int line = __builtin_LINE()) noexcept {
    memory().tell(&word.cell(), {file, line}, "wakes one",
                  memory().peek(word.cell(), {file, line}));
    scheduler().wake_one(&word.cell());
  }

  static void futex_wake_all(atomic<std::uint32_t>& word, char const* file = __builtin_FILE(),
                             int line = __builtin_LINE()) noexcept {
    memory().tell(&word.cell(), {file, line}, "wakes all",
                  memory().peek(word.cell(), {file, line}));
    while (scheduler().wake_one(&word.cell())) {
    }
  }

  // As patient as it takes to come by each line once.
  static constexpr std::uint32_t k_turns_per_look = 1;
  static constexpr std::uint32_t k_turns_before_joining = 0;
  static constexpr std::uint64_t k_shelf_hi_max = 0xffffffff;
  static constexpr std::size_t k_pool_first = 2;
  static constexpr int k_kept_max = 2;
  static constexpr int k_items_a_turn = 2;
  static constexpr int k_relaxes_for_more = 0;
  static constexpr int k_unused_turns = 0;
  static constexpr int k_watch_quiet_ticks = 1;

 private:
  static Scheduler& scheduler() noexcept { return Checker::get().scheduler(); }
  static Memory& memory() noexcept { return Checker::get().memory(); }
  static Choices& choices() noexcept { return Checker::get().choices(); }
};

// No sleeper keeps watch, so nothing makes up for a wake-up that was lost.
struct EnvWithoutWatch : Env {
  static constexpr int k_watch_quiet_ticks = 0;
};

// A caller looks, now and then, whether those it waits for have a CPU.
struct EnvWithLoans : EnvWithoutWatch {
  struct cpu_loan : Env::cpu_loan {
    static constexpr std::uint64_t k_patience_ns = 1'000;
  };
};

// The watch goes on for longer than any run waits for it.
struct EnvWithLongWatch : Env {
  static constexpr int k_watch_quiet_ticks = 50;
};

// As if there were too many tasks for that: all is offered in queues. So are ranges where queues
// may be full.
struct EnvWithoutShelf : EnvWithoutWatch {
  static constexpr std::uint64_t k_shelf_hi_max = 0;
};

// A queue may be full; a thread is always to be had.
struct EnvWithoutRoom : EnvWithoutShelf {
  template <class T>
  using queue = Bag<T, true>;
};

// Two ranges fill a queue.
struct EnvWithLittleRoom : EnvWithoutShelf {
  template <class T>
  using queue = Bag<T, false, 2>;
};

}  // namespace reactor::model
