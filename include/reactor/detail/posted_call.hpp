// SPDX-License-Identifier: BSD-3-Clause
// A callable on its way to a worker.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include "reactor/detail/room.hpp"
#include "reactor/export.hpp"

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

struct REACTOR_API GiveBackPost {
  void operator()(PostedCall* call) const noexcept;
};
using PostHandle = std::unique_ptr<PostedCall, GiveBackPost>;

// Throws what making the closure throws, and std::bad_alloc for one that has no room.
template <class F>
PostHandle filled(PostHandle call, F&& f) {
  using Closure = std::decay_t<F>;
  static_assert(std::is_invocable_v<Closure&>, "reactor: what is posted must be callable as f()");
  call->closure.template emplace<Closure>([&]() -> Closure { return std::forward<F>(f); });
  call->run = &detail::run_posted<Closure>;
  return call;
}

}  // namespace reactor::detail
