// SPDX-License-Identifier: BSD-3-Clause
// The seam between the thin templates and the compiled core: a run packed into a pointer and a
// function.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "reactor/detail/seat.hpp"
#include "reactor/detail/shared_count.hpp"
#include "reactor/export.hpp"

namespace reactor::detail {

class Slots;

// By the steady clock; also a time limit that there is not.
inline constexpr std::uint64_t k_never_ns = ~std::uint64_t{0};

// Whether a run has been stopped.
template <class Word>
struct BasicLatch {
  Word winner{0};  // 0: it has not. What else there is to know is in engine/error_latch.hpp
  Word notice{0};  // who is told: engine/stop_notice.hpp
};

// What one thread carries through the tasks of one block.
template <class Latch, class Seat>
struct BasicFrame {
  Latch* latch = nullptr;
  Slots* slots = nullptr;
  Seat* seat = nullptr;       // null: tasks may take their time
  std::uint64_t reached = 0;  // out: tasks from here on were not begun
  std::uint64_t failed = 0;   // out: how many of those begun have failed
  std::uint32_t worker = 0;
  std::uint16_t unwatched = 1;  // tasks a look at the latch, where none can fail
  bool stop_on_error = false;
  bool has_tripped_early = false;  // for the task that is being unwound
};

// What a run owns whose tasks may be left behind: it lives until the last of them has ended.
template <class Count>
class BasicRunOwner {
 public:
  BasicRunOwner() = default;
  BasicRunOwner(BasicRunOwner const&) = delete;
  BasicRunOwner& operator=(BasicRunOwner const&) = delete;
  virtual ~BasicRunOwner() = default;

  void share() noexcept { count_.add(); }
  void drop() noexcept {
    if (count_.drop()) delete this;
  }

 private:
  Count count_;
};

// What a task of one kind took the last time, about: where an action is run again and again, it is
// known before the first task whether help could come in time. A hint; all actions of one type
// share it.
struct alignas(64) Pace {
  std::atomic<std::uint64_t> task_ns{0};
  // In runs of no more tasks than workers; 0: not known, or too short for help anywhere.
  std::atomic<std::uint64_t> of_few_ns{0};
};

// Runs the tasks [lo, hi) in order, up to the first at which the run was found stopped. It looks
// before each task; of those that cannot fail, as often as the frame says. Lets nothing out but a
// forced unwind (pthread_exit, cancellation), having recorded it as the task's failure. Or, if it
// was given up on, returns at once.
template <class Frame, class Owner>
struct BasicJob {
  void* context = nullptr;
  void (*execute)(void* context, std::uint64_t lo, std::uint64_t hi, Frame& frame) = nullptr;
  Slots* slots = nullptr;
  std::uint64_t total = 0;
  bool stop_on_error = true;
  bool is_controlled = false;     // something else than a failure may stop it
  bool in_order = false;          // no task begins before those before it have, or are about to
  std::uint64_t task_ns = 0;      // what one took the last time, about; 0: not known
  Pace* pace = nullptr;           // where that is remembered, if it is
  std::uint64_t first_index = 0;  // added to a task's where that is told to who has no slots
  std::uint64_t deadline_ns = k_never_ns;

  // With a limit to how long a task may run: what it may touch afterwards, and who records, on the
  // watchdog's thread, that task i was given up on after ran_ns.
  std::uint64_t timeout_ns = k_never_ns;
  Owner* owner = nullptr;
  void (*give_up)(Frame& frame, std::uint64_t i, std::uint64_t ran_ns,
                  std::uint64_t timeout_ns) = nullptr;

  bool has_timeout() const noexcept { return timeout_ns != k_never_ns; }
};

using Word = std::atomic<std::uint64_t>;
using Seat = BasicSeat<Word>;
using Frame = BasicFrame<BasicLatch<Word>, Seat>;
using RunOwner = BasicRunOwner<SharedCount<Word>>;
using Job = BasicJob<Frame, RunOwner>;

struct DropRun {
  void operator()(RunOwner* run) const noexcept { run->drop(); }
};
template <class Run>
using Owned = std::unique_ptr<Run, DropRun>;

}  // namespace reactor::detail
