// SPDX-License-Identifier: BSD-3-Clause
// A callable on its way to a worker.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace reactor::detail {

struct PostedCall {
  static constexpr std::size_t k_room_bytes = 64;

  // Calls what is in the room, and destroys it whatever happens.
  void (*run)(std::byte* room) = nullptr;
  void* post = nullptr;  // whose this is
  alignas(std::max_align_t) std::byte room[k_room_bytes];
};

template <class Closure>
inline constexpr bool k_has_room = sizeof(Closure) <= PostedCall::k_room_bytes &&
                                   alignof(Closure) <= alignof(std::max_align_t);

template <class Closure>
void run_in_room(std::byte* room) {
  auto* const closure = std::launder(reinterpret_cast<Closure*>(room));
  struct Destroyed {
    Closure* closure;
    ~Destroyed() { std::destroy_at(closure); }
  } const at_the_end{closure};
  static_cast<void>((*closure)());
}

template <class Closure>
void run_boxed(std::byte* room) {
  std::unique_ptr<Closure> const closure(*std::launder(reinterpret_cast<Closure**>(room)));
  static_cast<void>((*closure)());
}

// Throws what making the closure throws, and std::bad_alloc for one that has no room.
template <class F>
void fill(PostedCall& call, F&& f) {
  using Closure = std::decay_t<F>;
  if constexpr (k_has_room<Closure>) {
    ::new (static_cast<void*>(call.room)) Closure(std::forward<F>(f));
    call.run = &detail::run_in_room<Closure>;
  } else {
    ::new (static_cast<void*>(call.room)) Closure*(new Closure(std::forward<F>(f)));
    call.run = &detail::run_boxed<Closure>;
  }
}

}  // namespace reactor::detail
