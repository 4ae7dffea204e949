// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <pthread.h>

namespace reactor::engine {

// While this lives, the calling thread is not cancelled: where it opens or reads a file, or waits
// for a thread's end, and would be unwound through what must not be.
class NotCancelled {
 public:
  NotCancelled() noexcept { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before_); }
  NotCancelled(NotCancelled const&) = delete;
  NotCancelled& operator=(NotCancelled const&) = delete;
  ~NotCancelled() { pthread_setcancelstate(before_, &before_); }

 private:
  int before_ = PTHREAD_CANCEL_ENABLE;
};

}  // namespace reactor::engine
