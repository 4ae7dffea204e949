// SPDX-License-Identifier: BSD-3-Clause
// A mutex of the whole process that a fork finds unlocked: who held it does not exist in the child.
#pragma once

#include <pthread.h>

#include <mutex>

namespace reactor::engine {

// One for each Purpose. No thread may hold two.
template <class Purpose>
std::mutex& process_mutex() noexcept {
  static constinit std::mutex mutex;
  static int const registered =
      pthread_atfork([] { mutex.lock(); }, [] { mutex.unlock(); }, [] { mutex.unlock(); });
  static_cast<void>(registered);  // out of memory: only a fork at the wrong moment is worse off
  return mutex;
}

}  // namespace reactor::engine
