// SPDX-License-Identifier: BSD-3-Clause
// The action of every run: does what its task's fate says, and looks around while it does.
#pragma once

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <latch>
#include <reactor/reactor.hpp>
#include <type_traits>
#include <utility>

#include "counted.hpp"
#include "marks.hpp"
#include "oracle.hpp"
#include "perform.hpp"
#include "random.hpp"
#include "stage.hpp"

namespace stress {

// One run, as its tasks see it.
struct RunState {
  RunState(Stage& on, unsigned reactor_number, RunPlan const& what, std::latch* latch)
      : stage(on),
        which(reactor_number),
        plan(what),
        marks(what.tasks),
        seats(on.plan(reactor_number).parallelism),
        begun(latch) {}

  Stage& stage;
  unsigned which;
  RunPlan const& plan;
  Marks marks;
  Seats seats;
  std::latch* begun;  // or null; counted down by the first task
  std::atomic<bool> has_begun{false};
};

// Returns R, or Expected<R>.
template <class R, bool ReturnsFailures>
class Action {
  using Returned = std::conditional_t<ReturnsFailures, reactor::Expected<R>, R>;

 public:
  explicit Action(RunState& state) noexcept : state_(&state) {}
  Action(Action const&) = delete;
  Action& operator=(Action const&) = delete;
  ~Action() { guard_ = 0; }

  // Called with a number, or with a Counted that has it.
  template <class Task>
  Returned operator()(Task&& task, reactor::TaskContext& context) const {
    if (guard_ != k_guard) end_on_dead_frame();
    RunState& state = *state_;
    RunPlan const& plan = state.plan;
    std::remove_cvref_t<Task> const own(std::forward<Task>(task));  // takes what is given away
    std::size_t const number = number_in(own);
    Seats::Taken const seat(state.seats, context.worker());
    look_around(number, context, seat.was_free());
    spend(number);
    if (nests(plan, number)) {
      unsigned const other = plan.alternates ? 1 - state.which : state.which;
      std::uint64_t const sum = perform_inner(state.stage, other, inner_of(plan, number));
      return give(value_of_sum(sum));
    }
    Fate const fate = fate_of(plan, number);
    return fate.ending == Ending::value ? give(fate.value) : fail(fate.ending, number);
  }

 private:
  static constexpr std::uint64_t k_guard = 0x5afe'f4a3e;

  static std::size_t number_in(std::size_t task) { return task; }
  static std::size_t number_in(Counted const& task) { return task.number(); }

  // There is nobody left to tell.
  [[noreturn]] static void end_on_dead_frame() {
    fmt::print(stderr, "A task was run on an action that is gone.\n");
    std::abort();
  }

  void look_around(std::size_t number, reactor::TaskContext const& context,
                   bool has_own_seat) const {
    RunState& state = *state_;
    Verdict& verdict = state.stage.verdict();
    std::size_t const tasks = state.plan.tasks;
    if (number >= tasks || context.task_index() != number) {
      return verdict.differs("task {} of {} was given number {}", context.task_index(), tasks,
                             number);
    }
    if (!state.marks.set(number)) verdict.differs("task {} of {} was run twice", number, tasks);
    if (!has_own_seat) {
      verdict.differs("task {} of {}: another task in flight has worker number {}", number, tasks,
                      context.worker());
    }
    if (!state.plan.stop_on_error && context.stop_requested()) {
      verdict.differs("task {} of {}: a stop in a run that keeps going", number, tasks);
    }
    if (number % 1024 == 0) add(state.stage.totals().progress);
    if (state.begun != nullptr && !state.has_begun.exchange(true)) state.begun->count_down();
  }

  void spend(std::size_t number) const {
    RunPlan const& plan = state_->plan;
    std::uint64_t volatile sink = number;
    for (unsigned turn = 0; turn < plan.work; ++turn) sink = mix(sink);
    if (!is_straggler(plan, number)) return;
    Stage const& stage = state_->stage;
    auto const end =
        std::chrono::steady_clock::now() + std::chrono::milliseconds(plan.straggler_ms);
    while (std::chrono::steady_clock::now() < end && !stage.is_over()) {
      add(stage.totals().progress);
    }
  }

  static Returned give([[maybe_unused]] std::uint64_t value) {
    if constexpr (!std::is_void_v<R>) {
      return R(value);
    } else if constexpr (ReturnsFailures) {
      return {};
    }
  }

  Returned fail(Ending ending, std::size_t number) const {
    if constexpr (ReturnsFailures) {
      if (ending == Ending::message) return reactor::unexpected(message_of(state_->plan, number));
      if (ending == Ending::null_pointer) return reactor::unexpected(std::exception_ptr());
    }
    if (ending == Ending::number) throw number_of(number);
    if (ending == Ending::thread_exit) pthread_exit(nullptr);
    throw Thrown(message_of(state_->plan, number));
  }

  RunState* state_;
  std::uint64_t volatile guard_ = k_guard;  // volatile: its last value is looked for after the end
};

}  // namespace stress
