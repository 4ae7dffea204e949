// SPDX-License-Identifier: BSD-3-Clause
// A submission of the public interface's: what its Batch asks of it, and its outcomes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>

#include "engine/env.hpp"
#include "engine/listeners.hpp"
#include "engine/run_control.hpp"
#include "engine/slot_table.hpp"
#include "engine/submission.hpp"
#include "engine/traced_job.hpp"
#include "engine/whereabouts.hpp"
#include "reactor/detail/in_flight.hpp"
#include "reactor/detail/job.hpp"
#include "reactor/detail/slots.hpp"
#include "reactor/options.hpp"

namespace reactor::engine {

class SubmittedRun final : public detail::InFlight, public Submission<NativeEnv> {
 public:
  // Throws what RunControl does. Deleted by hand only if it never began.
  SubmittedRun(Shared<NativeEnv>& shared, Options const& defaults, RunOptions options);

  ~SubmittedRun() override;

  bool needs_watchdog() const noexcept { return control_.needs_watchdog(); }

  // Once. `owner` has what the tasks touch, `slots` are the job's. Allocates nothing.
  void launch(detail::Job const& job, detail::Owned<detail::RunOwner> owner,
              detail::SharedSlots slots, Options const& defaults) noexcept;

  // ---- who waits for several of one Reactor's ----

  // Throws Error in one of its own tasks, and in a forked child.
  void refuse_to_wait() const;
  // By a thread in a task, until is_enough(). False when there was nothing to do.
  template <class IsEnough>
  bool help_until(IsEnough const& is_enough) {
    Whereabouts::Place const place(shared());
    return help(is_enough);
  }
  // Once it is over: what stopped it, as ErrorLatch has it, or 0.
  std::uint64_t winner() const noexcept { return winner_; }

  // ---- detail::InFlight ----

  bool is_over() const noexcept override { return Submission::is_over(); }
  bool await_end(Time until) override;
  std::size_t await_ended(std::size_t k) override;
  void cancel() noexcept override;
  void cancel_and_wait() noexcept override;
  Summary progress() const noexcept override;
  void throw_what_stopped() const override;
  bool listen(std::unique_ptr<detail::EndListener>& to) override;
  void listen(std::unique_ptr<detail::FailureListener> to) override;

 private:
  class Ending;

  void let_go() noexcept override;
  void complete(RunCounts const& counts) noexcept override;
  void tell() noexcept override;

  SlotTable& slots() const noexcept {
    // SAFETY: Slots has one implementation.
    return static_cast<SlotTable&>(*slots_);
  }
  // Until is_there(), then true, or `until`. sleep(ns) blocks for as long, unless it is there.
  template <class IsThere, class Sleep>
  bool wait(Time until, IsThere const& is_there, Sleep const& sleep);

  struct Cancel {
    SubmittedRun* run;
    void operator()() const noexcept { run->cancel(); }
  };

  // immutable once begun
  RunOptions const options_;
  RunControl const control_;
  detail::Job given_;
  TracedJob traced_;
  std::uint64_t start_ns_ = 0;
  detail::SharedSlots slots_;  // until the handle goes, if it is over by then

  detail::Owned<detail::RunOwner> owner_;  // until the end
  std::optional<std::stop_callback<Cancel>> on_stop_;
  std::uint64_t winner_ = 0;  // from then on
  Summary summary_;

  Listeners<NativeEnv, Ending> endings_;
};

}  // namespace reactor::engine
