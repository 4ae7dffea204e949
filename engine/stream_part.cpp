// SPDX-License-Identifier: BSD-3-Clause
#include "engine/stream_part.hpp"

#include <algorithm>
#include <cstdint>

#include "engine/steady_time.hpp"
#include "engine/whereabouts.hpp"

namespace reactor::engine {

using std::chrono::steady_clock;

namespace {

// A thread that waits in a task looks from time to time whether it can help.
constexpr std::chrono::milliseconds k_look_tick{1};

void refuse_to_wait(StreamParts const& parts) {
  for (StreamPart const& part : parts) part.submitted().refuse_to_wait();
}

template <class IsEnough>
bool help_any(StreamParts const& parts, IsEnough const& is_enough) {
  return std::any_of(parts.begin(), parts.end(), [&](StreamPart const& part) {
    return part.submitted().help_until(is_enough);
  });
}

}  // namespace

void await_any(StreamParts& parts, Parker<NativeEnv>& reader, std::chrono::nanoseconds spin) {
  auto const has_landed = [&parts] {
    return std::any_of(parts.begin(), parts.end(),
                       [](StreamPart const& part) { return part.has_landed(); });
  };
  refuse_to_wait(parts);
  bool const helps = Whereabouts::is_inside_any();
  auto const start = steady_clock::now();
  auto const spin_time = std::chrono::duration_cast<steady_clock::duration>(spin);
  for (auto now = start; !has_landed(); now = steady_clock::now()) {
    if (!helps && now - start < spin_time) {
      NativeEnv::relax();
    } else if (helps && help_any(parts, has_landed)) {
      refuse_to_wait(parts);  // the task that it helped with may have forked
    } else {
      auto const next = helps ? now + k_look_tick : steady_clock::time_point::max();
      reader.wait_unless(has_landed, ns_until(next, now));
    }
  }
}

}  // namespace reactor::engine
