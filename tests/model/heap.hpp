// SPDX-License-Identifier: BSD-3-Clause
// The modelled programs' memory: never reused within an execution, so that a touch after free meets
// a corpse and not a stranger, and gone at its end, so that an execution may be abandoned anywhere.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>
#include <vector>

namespace reactor::model {

namespace heap {

// From begin() to end() operator new and delete are the modelled program's.
void begin() noexcept;
void end() noexcept;
// Blocks not deleted since begin().
std::size_t live() noexcept;
// Was a block deleted twice since begin()?
bool was_freed_twice() noexcept;

}  // namespace heap

// The checker's own memory.
template <class T>
struct Outside {
  using value_type = T;
  Outside() = default;
  template <class U>
  Outside(Outside<U> const&) noexcept {}
  T* allocate(std::size_t n) {
    if (void* const memory = std::malloc(n * sizeof(T))) return static_cast<T*>(memory);
    throw std::bad_alloc();
  }
  void deallocate(T* memory, std::size_t) noexcept { std::free(memory); }
  bool operator==(Outside const&) const noexcept { return true; }
};
template <class T>
using Vector = std::vector<T, Outside<T>>;

}  // namespace reactor::model
