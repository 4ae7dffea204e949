// SPDX-License-Identifier: BSD-3-Clause
// Allocation functions that fail on demand, in the whole program.
//
// Without sanitizers this replaces the C library's functions: everything in the process comes here,
// libstdc++, hwloc and the C library itself included. A sanitizer brings allocation functions that
// must stay; then the linker turns this program's own calls (the library's included, which is
// static) to __wrap_*, and operator new, which is replaced, catches what libstdc++ does inside.
// hwloc's allocations are left out there.
#include <cerrno>
#include <cstdlib>
#include <new>

#include "tests/contract/machine.hpp"
#include "tests/faults/inject.hpp"

namespace {

bool fails(faults::Point point = faults::Point::allocation) noexcept {
  int ignored = 0;
  if (!faults::strikes(point, ignored)) return false;
  errno = ENOMEM;
  return true;
}

}  // namespace

extern "C" {

#if CONTRACT_IS_INSTRUMENTED
void* __real_malloc(std::size_t size);
void* __real_calloc(std::size_t count, std::size_t size);
void* __real_realloc(void* memory, std::size_t size);
void* __real_aligned_alloc(std::size_t alignment, std::size_t size);
int __real_posix_memalign(void** memory, std::size_t alignment, std::size_t size);
#else
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
#define __real_malloc __libc_malloc
#define __real_calloc __libc_calloc
#define __real_realloc __libc_realloc
#define __real_aligned_alloc __libc_memalign
#endif

void* __wrap_malloc(std::size_t size) {
  return fails() ? nullptr : __real_malloc(size);
}
void* __wrap_calloc(std::size_t count, std::size_t size) {
  return fails() ? nullptr : __real_calloc(count, size);
}
void* __wrap_realloc(void* memory, std::size_t size) {
  return fails() ? nullptr : __real_realloc(memory, size);
}
void* __wrap_aligned_alloc(std::size_t alignment, std::size_t size) {
  return fails() ? nullptr : __real_aligned_alloc(alignment, size);
}
int __wrap_posix_memalign(void** memory, std::size_t alignment, std::size_t size) {
  if (fails()) return ENOMEM;
#if CONTRACT_IS_INSTRUMENTED
  return __real_posix_memalign(memory, alignment, size);
#else
  *memory = __libc_memalign(alignment, size);
  return *memory == nullptr ? ENOMEM : 0;
#endif
}

#if !CONTRACT_IS_INSTRUMENTED
void* malloc(std::size_t size) noexcept {
  return __wrap_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) noexcept {
  return __wrap_calloc(count, size);
}
void* realloc(void* memory, std::size_t size) noexcept {
  return __wrap_realloc(memory, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  return __wrap_aligned_alloc(alignment, size);
}
void* memalign(std::size_t alignment, std::size_t size) noexcept {
  return __wrap_aligned_alloc(alignment, size);
}
int posix_memalign(void** memory, std::size_t alignment, std::size_t size) noexcept {
  return __wrap_posix_memalign(memory, alignment, size);
}
#endif

// While it reads the machine, hwloc 2.9 does not look whether it got its memory, and crashes
// (hwloc_alloc_setup_object, hwloc_components_init and more): nothing that a caller could do
// about. So allocations in there don't fail; these two calls as a whole do, in the way that they
// are documented to. All other calls of hwloc's are swept like everything else.
int __real_hwloc_topology_init(void** topology);
int __real_hwloc_topology_load(void* topology);

int __wrap_hwloc_topology_init(void** topology) {
  if (fails(faults::Point::topology)) return -1;
  faults::AllocationsSpared const spared;
  return __real_hwloc_topology_init(topology);
}
int __wrap_hwloc_topology_load(void* topology) {
  if (fails(faults::Point::topology)) return -1;
  faults::AllocationsSpared const spared;
  return __real_hwloc_topology_load(topology);
}

}  // extern "C"

#if CONTRACT_IS_INSTRUMENTED

namespace {

void* allocate(std::size_t size) {
  if (void* const memory = std::malloc(size != 0 ? size : 1)) return memory;
  throw std::bad_alloc();
}

void* allocate(std::size_t size, std::align_val_t alignment) {
  void* memory = nullptr;
  if (posix_memalign(&memory, static_cast<std::size_t>(alignment), size != 0 ? size : 1) == 0) {
    return memory;
  }
  throw std::bad_alloc();
}

}  // namespace

// The forms that don't throw, and those for arrays, call these in libstdc++; a sanitizer's do not.
void* operator new(std::size_t size) {
  return allocate(size);
}
void* operator new[](std::size_t size) {
  return allocate(size);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate(size, alignment);
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return allocate(size, alignment);
}
void* operator new(std::size_t size, std::nothrow_t const&) noexcept {
  return std::malloc(size != 0 ? size : 1);
}
void* operator new[](std::size_t size, std::nothrow_t const&) noexcept {
  return std::malloc(size != 0 ? size : 1);
}
void* operator new(std::size_t size, std::align_val_t alignment, std::nothrow_t const&) noexcept {
  void* memory = nullptr;
  static_cast<void>(posix_memalign(&memory, static_cast<std::size_t>(alignment), size));
  return memory;
}
void* operator new[](std::size_t size, std::align_val_t alignment, std::nothrow_t const&) noexcept {
  void* memory = nullptr;
  static_cast<void>(posix_memalign(&memory, static_cast<std::size_t>(alignment), size));
  return memory;
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}

#endif
