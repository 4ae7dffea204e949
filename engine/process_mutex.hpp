// SPDX-License-Identifier: BSD-3-Clause
// A mutex that all share who use this copy of the library, and that a fork finds unlocked: who held
// it does not exist in the child.
#pragma once

#include <pthread.h>

#include <mutex>

namespace reactor::engine {

// One for each Purpose. Who holds one takes no other, throws nothing out, and does not wait for the
// dynamic loader: a library's constructor may fork.
template <class Purpose>
std::mutex& process_mutex() noexcept {
  static constinit std::mutex mutex;
  static int const registered =
      pthread_atfork([] { mutex.lock(); }, [] { mutex.unlock(); }, [] { mutex.unlock(); });
  static_cast<void>(registered);  // out of memory: only a fork at the wrong moment is worse off
  return mutex;
}

}  // namespace reactor::engine
