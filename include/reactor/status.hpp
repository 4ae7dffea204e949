// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

namespace reactor {

// What is known of one task. Anything but `pending` is final.
enum class Status : std::uint8_t {
  pending,    // not begun, or still running
  done,       // has a value
  failed,     // has an error
  timed_out,  // was given up on
  skipped,    // the run was stopped before it began
};

}  // namespace reactor
