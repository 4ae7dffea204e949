// SPDX-License-Identifier: BSD-3-Clause
#include "engine/stream_part.hpp"

#include <algorithm>
#include <cstdint>

#include "engine/error_latch.hpp"
#include "engine/whereabouts.hpp"
#include "reactor/options.hpp"

namespace reactor::engine {

using std::chrono::steady_clock;

namespace {

// A thread that waits in a task looks from time to time whether it can help.
constexpr std::chrono::milliseconds k_look_tick{1};

void refuse_to_wait(StreamParts const& parts) {
  for (StreamPart const& part : parts) part.submitted().refuse_to_wait();
}

void miss_deadline(StreamParts const& parts) noexcept {
  for (StreamPart const& part : parts) {
    part.submitted().Submission<NativeEnv>::cancel(ErrorLatch<NativeEnv>::k_deadline_exceeded);
  }
}

template <class IsEnough>
bool help_any(StreamParts const& parts, IsEnough const& is_enough) {
  return std::any_of(parts.begin(), parts.end(), [&](StreamPart const& part) {
    return part.submitted().help_until(is_enough);
  });
}

std::uint64_t ns_between(steady_clock::time_point now, steady_clock::time_point next) noexcept {
  if (next == steady_clock::time_point::max()) return k_forever_ns;
  return static_cast<std::uint64_t>(std::chrono::nanoseconds(next - now).count());
}

}  // namespace

void await_any(StreamParts& parts, Parker<NativeEnv>& reader, steady_clock::time_point deadline,
               std::chrono::nanoseconds spin) {
  auto const has_landed = [&parts] {
    return std::any_of(parts.begin(), parts.end(),
                       [](StreamPart const& part) { return part.has_landed(); });
  };
  refuse_to_wait(parts);
  bool const helps = Whereabouts::is_inside_any();
  auto const start = steady_clock::now();
  auto const spin_time = std::chrono::duration_cast<steady_clock::duration>(spin);
  for (auto now = start; !has_landed(); now = steady_clock::now()) {
    if (deadline <= now) {  // a part that has not begun may have nobody else to keep it
      miss_deadline(parts);
      deadline = no_deadline;
    } else if (!helps && now - start < spin_time) {
      NativeEnv::relax();
    } else if (helps && help_any(parts, has_landed)) {
      refuse_to_wait(parts);  // the task that it helped with may have forked
    } else {
      auto const next = helps ? std::min(deadline, now + k_look_tick) : deadline;
      reader.wait_unless(has_landed, ns_between(now, next));
    }
  }
}

}  // namespace reactor::engine
