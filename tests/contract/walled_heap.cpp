// SPDX-License-Identifier: BSD-3-Clause
// For a whole program: what is deleted can't be touched any more, by whoever and in any build, and
// its addresses are never used again.
#include <sys/mman.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>

namespace {

constexpr std::size_t k_page = 4096;
constexpr std::size_t k_room = std::size_t{1} << 34;

struct Heap {
  char* const begin = static_cast<char*>(
      mmap(nullptr, k_room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
  std::atomic<std::size_t> used{0};
};

Heap& heap() {
  static Heap heap;
  return heap;
}

// Each block has pages of its own, and before them one with its size, which stays.
void* take(std::size_t size) {
  std::size_t const pages = (size + k_page - 1) / k_page * k_page;
  std::size_t const at = heap().used.fetch_add(pages + k_page);
  if (at + pages + k_page > k_room) throw std::bad_alloc();
  char* const block = heap().begin + at;
  if (mprotect(block, pages + k_page, PROT_READ | PROT_WRITE) != 0) throw std::bad_alloc();
  *reinterpret_cast<std::size_t*>(block) = pages;
  return block + k_page;
}

void wall_off(void* memory) {
  if (memory == nullptr) return;
  char* const block = static_cast<char*>(memory) - k_page;
  std::size_t const pages = *reinterpret_cast<std::size_t*>(block);
  madvise(block, pages + k_page, MADV_DONTNEED);
  mprotect(block, pages + k_page, PROT_NONE);
}

}  // namespace

void* operator new(std::size_t size) {
  return take(size);
}
void* operator new(std::size_t size, std::align_val_t) {
  return take(size);
}
void* operator new(std::size_t size, std::nothrow_t const&) noexcept {
  return take(size);
}
void operator delete(void* memory) noexcept {
  wall_off(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  wall_off(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  wall_off(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  wall_off(memory);
}
