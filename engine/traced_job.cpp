// SPDX-License-Identifier: BSD-3-Clause
#include "engine/traced_job.hpp"

#include <cstdint>

#include "engine/run_control.hpp"
#include "engine/slot_table.hpp"
#include "engine/trace_probe.hpp"

namespace reactor::engine {

namespace {

// The stacks of what is thrown end here. `context`: the job as it was given.
[[gnu::noinline]] void execute_traced(void* context, std::uint64_t lo, std::uint64_t hi,
                                      detail::Frame& frame) {
  auto const& job = *static_cast<detail::Job const*>(context);
  // SAFETY: Slots has one implementation.
  auto const& slots = static_cast<SlotTable const&>(*frame.slots);
  TraceScope const scope(slots.wants_trace(),
                         {reinterpret_cast<std::uintptr_t>(&execute_traced),
                          reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0))},
                         &frame);
  EnclosingTask const enclosing(job.is_controlled, frame);
  job.execute(job.context, lo, hi, frame);
}

}  // namespace

detail::Job trace(detail::Job const& job) noexcept {
  detail::Job traced = job;
  // SAFETY: read as what it is, above.
  traced.context = const_cast<detail::Job*>(&job);
  traced.execute = &execute_traced;
  return traced;
}

}  // namespace reactor::engine
