// SPDX-License-Identifier: BSD-3-Clause
// Two levels: misuse is always caught, broken invariants in debug builds. Neither is ever an
// assumption for the optimizer.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace reactor::engine {

// GCOVR_EXCL_START: death tests come here, and who aborts leaves no counts behind.
[[noreturn]] inline void die(char const* message) noexcept {
  std::fprintf(stderr, "reactor: %s\n", message);
  std::abort();
}
// GCOVR_EXCL_STOP

}  // namespace reactor::engine

#define REACTOR_ASSERT(condition, message) \
  (static_cast<bool>(condition) ? void() : ::reactor::engine::die(message))

#ifdef NDEBUG
#define REACTOR_ASSERT_INTERNAL(condition) void()
#else
#define REACTOR_ASSERT_INTERNAL(condition) \
  REACTOR_ASSERT(condition, "broken invariant: " #condition)
#endif
