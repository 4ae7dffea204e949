// SPDX-License-Identifier: BSD-3-Clause
// The only door from the algorithms to the machine.
//
// Every concurrent algorithm in this folder is a template over an Env. An Env supplies:
//
//   atomic<T>                        as std::atomic<T>
//   queue<T>                         many consumers, one Producer handle per pushing side (below)
//   thread(name, body)               join(), detach(); throws std::system_error when there is none
//   stop_source, task_stop_source    as std::stop_source: request_stop()
//   mutex                            for construction and teardown only, never on a task's way
//   now_ns()                         monotonic clock, of deadlines
//   ticks_ns()                       cheap clock: for how long something takes
//   relax(), yield()                 one turn of a spin loop
//   cpu_loan                         one worker's, of a CPU: engine/cpu_loan.hpp
//   help_cost                        when help is worth it: engine/help_cost.hpp
//   cpu()                            the CPU the calling thread is on, -1 if unknown; may be stale
//   generation()                     changes in a forked child
//   futex_wait(word, expected, ns)   until woken, timed out, interrupted, or the word differs
//   futex_wake_one(word), futex_wake_all(word)
//   k_turns_per_look, k_turns_before_joining, k_items_a_turn, k_relaxes_for_more,
//   k_unused_turns, k_watch_quiet_ticks
//                                    how patient a thread is that finds nothing (below)
//   k_shelf_hi_max                   where a range must end to be put on a shelf, not in a queue
//   k_pool_first, k_kept_max         how much is made, and given back, at once
//
// The library runs NativeEnv. A model checker brings its own and runs the same code.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "engine/cpu_loan.hpp"
#include "engine/help_cost.hpp"
#include "engine/line.hpp"
#include "engine/native_queue.hpp"
#include "engine/tick_clock.hpp"

namespace reactor::engine {

inline constexpr std::uint64_t k_forever_ns = std::numeric_limits<std::uint64_t>::max();

struct NativeEnv {
  template <class T>
  using atomic = std::atomic<T>;
  template <class T>
  using queue = NativeQueue<T>;
  using mutex = std::mutex;
  using cpu_loan = CpuLoan;
  using help_cost = HelpCost;
  using stop_source = std::stop_source;

  // Of one task that may be given up on: stops with its run, or before.
  struct task_stop_source {
    struct Relay {
      std::stop_source* to;
      void operator()() const noexcept { to->request_stop(); }
    };
    void request_stop() noexcept { source.request_stop(); }

    std::stop_source source;
    std::optional<std::stop_callback<Relay>> with_run;
  };

  // Starts with every signal blocked except those that a thread raises against itself, so that the
  // process's signals are handled by the process's own threads.
  class thread {
   public:
    thread() = default;
    thread(std::string const& name, std::function<void()> body);
    void join() noexcept;
    void detach() { handle_.detach(); }

   private:
    std::thread handle_;
  };

  // Turns of a waiting loop for each look at the clock.
  static constexpr std::uint32_t k_turns_per_look = 16;
  // Turns for which a searching worker sees a run want help before it joins, where help is cheap:
  // about a quarter of a microsecond. What is over sooner is better left to its caller.
  static constexpr std::uint32_t k_turns_before_joining = 8;
  static constexpr std::uint64_t k_shelf_hi_max = 0xffffffff;
  // Nodes of a pool: how many are made first, at least 2, and how many a worker gives back
  // together.
  static constexpr std::size_t k_pool_first = 64;
  static constexpr int k_kept_max = 32;
  // What a worker takes from the inbox before it looks at the batches again.
  static constexpr int k_items_a_turn = 32;
  // For how long it leaves alone, then, what it has emptied: sixteen times 20 ns, as a rule.
  static constexpr int k_relaxes_for_more = 16;
  // Turns for which ~Reactor looks whether it is unused before it sleeps in between: a worker that
  // has just made the last call needs some for its part.
  static constexpr int k_unused_turns = 500;
  // Looks of the watching sleeper at a Reactor that nobody uses, before it sleeps for good.
  static constexpr int k_watch_quiet_ticks = 50;

  static std::uint64_t now_ns() noexcept { return TickClock::steady_ns(); }
  static std::uint64_t ticks_ns() noexcept { return TickClock::now_ns(); }
  static void yield() noexcept;
  static int cpu() noexcept;
  static std::uint64_t generation() noexcept { return generation_.load(std::memory_order_relaxed); }
  static void futex_wait(atomic<std::uint32_t>& word, std::uint32_t expected,
                         std::uint64_t timeout_ns) noexcept;
  static void futex_wake_one(atomic<std::uint32_t>& word) noexcept;
  static void futex_wake_all(atomic<std::uint32_t>& word) noexcept;

  static void relax() noexcept {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("isb" ::: "memory");
#endif
  }

 private:
  static std::atomic<std::uint64_t> generation_;
  static int const fork_handler_;  // here, as it counts that up
};

}  // namespace reactor::engine
