// SPDX-License-Identifier: BSD-3-Clause
#include "engine/traced_job.hpp"

#include <cstdint>

#include "engine/assert.hpp"
#include "engine/run_control.hpp"
#include "engine/slot_table.hpp"
#include "engine/trace_probe.hpp"

namespace reactor::engine {

void TracedJob::trace(detail::Job& job) noexcept {
  REACTOR_ASSERT_INTERNAL(job.execute != &TracedJob::execute);
  context_ = job.context;
  execute_ = job.execute;
  is_controlled_ = job.is_controlled;
  job.context = this;
  job.execute = &TracedJob::execute;
}

// The stacks of what is thrown end here.
[[gnu::noinline]] void TracedJob::execute(void* traced, std::uint64_t lo, std::uint64_t hi,
                                          detail::Frame& frame) {
  auto const& self = *static_cast<TracedJob const*>(traced);
  // SAFETY: Slots has one implementation.
  auto const& slots = static_cast<SlotTable const&>(*frame.slots);
  TraceScope const scope(slots.wants_trace(),
                         {reinterpret_cast<std::uintptr_t>(&TracedJob::execute),
                          reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0))},
                         &frame);
  EnclosingTask const enclosing(self.is_controlled_, frame);
  self.execute_(self.context_, lo, hi, frame);
}

}  // namespace reactor::engine
