// SPDX-License-Identifier: BSD-3-Clause
// Tasks of a stream that were pulled together: a submitted run, and how far its outcomes have been
// consumed. Protocol R in README.md.
#pragma once

#include <chrono>
#include <cstddef>
#include <list>

#include "engine/env.hpp"
#include "engine/parker.hpp"
#include "engine/slot_table.hpp"
#include "engine/submitted_run.hpp"
#include "reactor/detail/in_flight.hpp"
#include "reactor/detail/in_stream.hpp"

namespace reactor::engine {

struct StreamPart : detail::PartOutcomes {
  CompletionOrder<NativeEnv>& order() const noexcept { return table().completion_order(); }
  SlotTable& table() const noexcept {
    // SAFETY: Slots has one implementation.
    return static_cast<SlotTable&>(*slots);
  }
  SubmittedRun& submitted() const noexcept {
    // SAFETY: it comes from Core::submit.
    return static_cast<SubmittedRun&>(*run);
  }
  // When outcomes are consumed as they land: is there one, or will there be none?
  bool has_landed() const noexcept { return order().is_decided(consumed); }

  detail::Handle run;
  std::size_t size = 0;
  std::size_t size_max = 0;      // of all that were kept here: so much room there is
  std::size_t consumed = 0;      // so many, in task order or in that in which they ended
  std::size_t seen = 0;          // so many ends were waited for
  std::size_t first_failed = 0;  // by who tells of it, before this is the stream's reason to stop
};

using StreamParts = std::list<StreamPart>;

// Blocks until one of them has_landed(); `reader` is where all their orders' reader sleeps. A
// thread in a task helps meanwhile. Throws Error in a task of one of them, and in a forked child.
void await_any(StreamParts& parts, Parker<NativeEnv>& reader, std::chrono::nanoseconds spin);

}  // namespace reactor::engine
