// SPDX-License-Identifier: BSD-3-Clause
// The end of a forked child.
#pragma once

#include <unistd.h>

#ifdef REACTOR_COUNTS_COVERAGE
extern "C" void __gcov_dump();
#endif

// In a child, before its last thread ends.
inline void keep_coverage() {
#ifdef REACTOR_COUNTS_COVERAGE
  __gcov_dump();
#endif
}

// As _exit: nothing of the parent's is flushed or destroyed, but what coverage counted is kept.
[[noreturn]] inline void leave(int status) {
  keep_coverage();
  _exit(status);
}
