// SPDX-License-Identifier: BSD-3-Clause
// The modelled threads: one runs at a time, and each may be interrupted before every operation that
// another thread could notice.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>

#include "tests/model/choices.hpp"
#include "tests/model/fiber.hpp"
#include "tests/model/vector_clock.hpp"

namespace reactor::model {

class Scheduler {
 public:
  using Body = std::function<void()>;

  struct Thread {
    enum class State { unused, runnable, waiting, finished };
    Fiber fiber;
    State state = State::unused;
    Body* body = nullptr;  // until it has begun
    VectorClock clock;
    char name[16] = {};
    bool has_yielded = false;
    bool is_joined = false;
    std::uint32_t created = 0;  // objects that it has made
    std::int64_t priority = 0;  // random mode: the highest runs
    // while waiting
    void const* waits_on = nullptr;
    bool (*is_over)(void const*) = nullptr;  // or null: until somebody calls wake()
    std::uint64_t deadline_ns = k_never_ns;
  };
  static constexpr std::uint64_t k_never_ns = ~std::uint64_t{0};

  explicit Scheduler(Choices& choices) : choices_(choices) {}

  // Runs one execution: `main` as thread 0 and all threads that it starts, until all have finished
  // or abandon() was called.
  void run(Body const& main);

  // ---- on a modelled thread ----

  // Before each operation that others may notice.
  void step() {
    if (++steps_ > k_steps_max) give_up();
    ++clock_of_self();
    if (is_preemptible()) maybe_switch();
  }

  std::uint32_t self() const noexcept { return self_; }
  Thread& current() noexcept { return threads_[self_]; }
  Thread& thread(std::uint32_t number) noexcept { return threads_[number]; }
  std::uint32_t& clock_of_self() noexcept { return current().clock.reached[self_]; }

  std::uint32_t spawn(char const* name, Body body);
  void join(std::uint32_t number);

  // Until wake(), or until `deadline_ns`.
  void wait_for_wake(void const* on, std::uint64_t deadline_ns);
  // Wakes one that waits on it, or none.
  bool wake_one(void const* on);  // false: nobody waits there
  // Until is_over(on), which others bring about.
  void wait_until(void const* on, bool (*is_over)(void const*));

  // One turn of a loop that waits for another thread.
  void relax();

  std::uint64_t now_ns() const noexcept { return now_ns_; }
  void advance_ns(std::uint64_t ns) noexcept { now_ns_ += ns; }

  // Leaves this execution for good; run() returns.
  [[noreturn]] void abandon();
  // The execution is wrong: `what` says why.
  [[noreturn]] void fail(std::string const& what);
  std::string const& failure() const noexcept { return failure_; }

  std::uint64_t steps() const noexcept { return steps_; }

  // Random mode: among how many steps the changes of priority are spread (the k of PCT), and how
  // many there were at which something could change.
  std::uint64_t pct_steps = 64;
  std::uint64_t drawn_steps() const noexcept { return drawn_; }

 private:
  static constexpr std::uint64_t k_steps_max = 20'000;
  static constexpr std::uint64_t k_relax_ns = 100;
  static constexpr std::size_t k_pct_depth = 3;

  bool is_preemptible() const noexcept {
    if (count_ == 1) return false;
    return choices_.is_random() ? !choices_.is_held() : choices_.has_budget(Kind::preemption);
  }
  bool may_run(Thread const& thread) const noexcept {
    return thread.state == Thread::State::runnable ||
           (thread.state == Thread::State::waiting && thread.is_over != nullptr &&
            thread.is_over(thread.waits_on));
  }
  static bool is_timed(Thread const& thread) noexcept {
    return thread.state == Thread::State::waiting && thread.deadline_ns != k_never_ns;
  }

  void begin_randomly();
  void maybe_switch();
  std::size_t draw_step(std::uint32_t const* others, std::size_t count);
  void go_elsewhere();  // this one cannot go on
  void switch_to(std::uint32_t next);
  std::uint32_t pick(std::uint32_t const* among, std::size_t count);
  std::uint32_t first_deadline() const noexcept;
  [[noreturn]] void give_up();
  std::string who_waits() const;
  static void enter_thread();

  Choices& choices_;
  std::array<Thread, k_threads_max> threads_;
  Fiber outside_;
  Body const* main_ = nullptr;
  std::uint32_t self_ = 0;
  std::uint32_t count_ = 0;
  std::uint64_t steps_ = 0;
  std::uint64_t now_ns_ = 0;
  std::string failure_;
  // random mode
  std::uint64_t drawn_ = 0;
  std::array<std::uint64_t, k_pct_depth - 1> changes_{};
  std::int64_t lowest_ = 0;

  static Scheduler* running_;
};

}  // namespace reactor::model
