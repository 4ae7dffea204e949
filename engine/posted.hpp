// SPDX-License-Identifier: BSD-3-Clause
// One call that was posted, with nobody waiting for it. Protocol Q in README.md.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <vector>

#include "engine/env.hpp"
#include "engine/inbox.hpp"
#include "engine/pool.hpp"
#include "reactor/detail/posted_call.hpp"

namespace reactor::engine {

class Posted;

// What all posts of one Reactor share.
struct PostOffice {
  struct alignas(k_line_bytes) Desk {
    Pool<NativeEnv, Posted>::Kept kept;
  };

  Pool<NativeEnv, Posted> pool;
  std::vector<Desk> desks;  // a worker's each
  std::function<void(std::exception_ptr)> const on_error;
};

// What comes first shares a cache line with small closures.
class Posted final : public InboxItem<NativeEnv> {
 public:
  Posted() noexcept { call.post = this; }

  // Throws std::bad_alloc.
  static Posted& take(PostOffice& office);

  // Its call was never filled in.
  void give_back() noexcept { office_->pool.give_back(*this); }

  Begun begin(std::uint32_t self, Counters<NativeEnv>& counters) override;
  // On the thread that has found no worker.
  void refuse() noexcept override;

  Pool<NativeEnv, Posted>::Link link;

 private:
  // True when it let nothing out. The exception of a forced unwind is an object at address 0, which
  // the sanitizer would mind.
  __attribute__((no_sanitize("null"))) bool call_it();

  PostOffice* office_ = nullptr;

 public:
  detail::PostedCall call;
};

}  // namespace reactor::engine
