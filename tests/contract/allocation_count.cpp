// SPDX-License-Identifier: BSD-3-Clause
#include "allocation_count.hpp"

#include <malloc.h>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

#include "machine.hpp"

namespace {

std::atomic<std::uint64_t> allocation_count{0};
std::atomic<std::int64_t> byte_count{0};

void* counted(void* memory) {
  allocation_count.fetch_add(1, std::memory_order_relaxed);
  byte_count.fetch_add(static_cast<std::int64_t>(malloc_usable_size(memory)),
                       std::memory_order_relaxed);
  return memory;
}
void discount(void* memory) {
  byte_count.fetch_sub(static_cast<std::int64_t>(malloc_usable_size(memory)),
                       std::memory_order_relaxed);
}

}  // namespace

std::uint64_t allocations() {
  return allocation_count.load();
}

std::int64_t bytes_in_use() {
  return byte_count.load();
}

#if CONTRACT_IS_INSTRUMENTED

// A sanitizer brings its own malloc: operator new has to do.
void* operator new(std::size_t size) {
  if (void* const memory = std::malloc(size != 0 ? size : 1)) return counted(memory);
  throw std::bad_alloc();
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  auto const to = static_cast<std::size_t>(alignment);
  if (void* const memory = std::aligned_alloc(to, (size + to - 1) / to * to)) {
    return counted(memory);
  }
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  discount(memory);
  std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  discount(memory);
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  discount(memory);
  std::free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  discount(memory);
  std::free(memory);
}

#else

// Operator new allocates by one of these, too.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
void __libc_free(void* memory);

void* malloc(std::size_t size) noexcept {
  return counted(__libc_malloc(size));
}
void* calloc(std::size_t count, std::size_t size) noexcept {
  return counted(__libc_calloc(count, size));
}
void* realloc(void* memory, std::size_t size) noexcept {
  discount(memory);
  return counted(__libc_realloc(memory, size));
}
void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  return counted(__libc_memalign(alignment, size));
}
void free(void* memory) noexcept {
  discount(memory);
  __libc_free(memory);
}
}

#endif
