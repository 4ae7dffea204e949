// SPDX-License-Identifier: BSD-3-Clause
// What a Reactor owns: the crew, the CPUs its workers are pinned to, and who is calling.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/caller.hpp"
#include "engine/crew.hpp"
#include "engine/env.hpp"
#include "engine/posted.hpp"
#include "engine/submitted_call.hpp"
#include "engine/topology.hpp"
#include "engine/whereabouts.hpp"
#include "reactor/detail/future_call.hpp"
#include "reactor/detail/in_flight.hpp"
#include "reactor/detail/job.hpp"
#include "reactor/detail/slots.hpp"
#include "reactor/options.hpp"
#include "reactor/stats.hpp"

namespace reactor::engine {
class RunControl;
class SlotTable;
}  // namespace reactor::engine

namespace reactor::detail {

class Core {
 public:
  // Precondition: the options have been resolved.
  explicit Core(Options options);
  Core(Core const&) = delete;
  Core& operator=(Core const&) = delete;

  Options const& options() const noexcept { return options_; }
  Stats stats() const;
  // Returns the task whose error is to be thrown, plus one, or 0: what is larger than a word would
  // be returned through memory.
  [[nodiscard]] std::uint64_t run(Job& job, RunOptions const& options);
  // A call to be filled in and posted, or given back. Null when as many are queued as may be, if
  // that counts. Throws Error in a forked child, and std::bad_alloc.
  PostHandle prepare_post(bool is_bounded);
  void post(PostedCall& call) noexcept;
  // A call with a future, to be filled in and launched. Throws the same.
  CallHandle prepare_call();
  // Returns at once. `owner` has what the job's tasks touch, `slots` are the job's.
  Handle submit(Job const& job, Owned<RunOwner> owner, SharedSlots slots, RunOptions options);

  engine::Shared<engine::NativeEnv>& shared() noexcept { return crew_.shared(); }
  void await_unused() noexcept { crew_.shared().await_unused(); }
  bool is_forked() const noexcept { return crew_.shared().is_forked(); }
  // Is this thread one of the workers, in the middle of a run, or on an errand?
  bool is_inside() const noexcept { return engine::Whereabouts::is_inside(crew_.shared()); }

 private:
  void start_worker(engine::Worker<engine::NativeEnv> const& worker);
  void refuse_in_child() const;
  std::uint32_t worker_on_this_cpu() const noexcept;
  [[nodiscard]] std::uint64_t run_controlled(Job& job, engine::SlotTable& slots,
                                             engine::RunControl const& control);
  engine::RunCounts run_counted(Job& job, engine::RunControl const* control,
                                std::uint64_t start_ns);
  // Static, for as soon as a run is counted as over another thread may destroy all this.
  static void end_run(Job const& job, engine::SlotTable& slots, engine::RunCounts const& counts,
                      std::uint64_t start_ns);
  static std::uint64_t failed_task(Job const& job, engine::RunCounts const& counts) noexcept;

  // immutable after construction
  engine::TickClock::Calibrated const clock_;
  std::size_t const cpus_named_;  // by the user; 0: chosen automatically
  engine::CpuClaim claim_;
  engine::CpusOfThread const cpus_at_first_;  // of the thread that has made this
  Options const options_;
  std::vector<std::uint32_t> worker_by_cpu_;

  bool is_made_ = false;  // the first threads are up

  engine::PostOffice posts_;
  std::shared_ptr<engine::CallOffice> const calls_;
  engine::Crew<engine::NativeEnv> crew_;  // last: its threads use all of the above
};

}  // namespace reactor::detail
