// SPDX-License-Identifier: BSD-3-Clause
// A callable on its way to a worker.
#pragma once

#include <type_traits>
#include <utility>

#include "reactor/detail/room.hpp"

namespace reactor::detail {

struct PostedCall {
  // Calls what is in the room, and destroys it whatever happens.
  void (*run)(PostedCall& call) = nullptr;
  void* post = nullptr;  // whose this is
  Room<64> closure;
};

template <class Closure>
void run_posted(PostedCall& call) {
  struct Destroyed {
    PostedCall& call;
    ~Destroyed() { call.closure.destroy<Closure>(); }
  } const at_the_end{call};
  static_cast<void>(call.closure.get<Closure>()());
}

// Throws what making the closure throws, and std::bad_alloc for one that has no room.
template <class F>
void fill(PostedCall& call, F&& f) {
  using Closure = std::decay_t<F>;
  call.closure.template emplace<Closure>([&]() -> Closure { return std::forward<F>(f); });
  call.run = &detail::run_posted<Closure>;
}

}  // namespace reactor::detail
