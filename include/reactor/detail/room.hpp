// SPDX-License-Identifier: BSD-3-Clause
// Where something of any type lies that nobody else knows the type of.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace reactor::detail {

// Holds one object; of a type that does not fit, its address, and the object is on the heap.
template <std::size_t k_bytes>
class Room {
 public:
  template <class T>
  static constexpr bool k_fits = sizeof(T) <= k_bytes && alignof(T) <= alignof(std::max_align_t);

  // Of what make() returns. Throws what that does, and std::bad_alloc for what does not fit.
  template <class T, class Make>
  void emplace(Make&& make) {
    if constexpr (k_fits<T>) {
      ::new (static_cast<void*>(bytes_)) T(make());
    } else {
      auto* const on_heap = new T(make());
      ::new (static_cast<void*>(bytes_)) T*(on_heap);
    }
  }

  template <class T>
  T& get() noexcept {
    if constexpr (k_fits<T>) {
      return *std::launder(reinterpret_cast<T*>(bytes_));
    } else {
      return **std::launder(reinterpret_cast<T**>(bytes_));
    }
  }

  template <class T>
  void destroy() noexcept {
    if constexpr (k_fits<T>) {
      std::destroy_at(std::addressof(get<T>()));
    } else {
      delete std::addressof(get<T>());
    }
  }

 private:
  alignas(std::max_align_t) std::byte bytes_[k_bytes];
};

}  // namespace reactor::detail
