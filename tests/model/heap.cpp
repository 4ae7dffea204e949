// SPDX-License-Identifier: BSD-3-Clause
#include "tests/model/heap.hpp"

#include <cstdint>
#include <cstring>

namespace {

constexpr std::size_t k_arena_bytes = std::size_t{16} << 20;
constexpr std::size_t k_header_bytes = 16;
constexpr std::uint64_t k_live = 0x11feb10c11feb10c;
constexpr std::uint64_t k_dead = 0xdeadb10cdeadb10c;
constexpr int k_dead_byte = 0xdd;

struct Header {
  std::uint64_t state;
  std::uint64_t size;
};
static_assert(sizeof(Header) == k_header_bytes);

alignas(4096) unsigned char arena[k_arena_bytes];
std::size_t used = 0;
std::size_t live_blocks = 0;
bool is_active = false;
bool freed_twice = false;

bool is_ours(void const* memory) noexcept {
  return memory >= arena && memory < arena + k_arena_bytes;
}

void* allocate(std::size_t size, std::size_t alignment) {
  if (!is_active) {
    void* const memory =
        alignment <= k_header_bytes
            ? std::malloc(size == 0 ? 1 : size)
            : std::aligned_alloc(alignment, (size + alignment - 1) & ~(alignment - 1));
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
  }
  std::size_t const align = alignment < k_header_bytes ? k_header_bytes : alignment;
  std::size_t const begin = (used + k_header_bytes + align - 1) & ~(align - 1);
  if (begin + size > k_arena_bytes) throw std::bad_alloc();
  used = begin + size;
  Header const header{k_live, size};
  std::memcpy(arena + begin - k_header_bytes, &header, k_header_bytes);
  ++live_blocks;
  return arena + begin;
}

void release(void* memory) noexcept {
  if (!is_ours(memory)) return std::free(memory);
  if (!is_active) return;  // of an execution that is over
  auto* const bytes = static_cast<unsigned char*>(memory);
  Header header;
  std::memcpy(&header, bytes - k_header_bytes, k_header_bytes);
  if (header.state != k_live) {
    freed_twice = true;
    return;
  }
  header.state = k_dead;
  std::memcpy(bytes - k_header_bytes, &header, k_header_bytes);
  std::memset(memory, k_dead_byte, header.size);
  --live_blocks;
}

}  // namespace

namespace reactor::model::heap {

void begin() noexcept {
  used = 0;
  live_blocks = 0;
  freed_twice = false;
  is_active = true;
}
void end() noexcept {
  is_active = false;
}
std::size_t live() noexcept {
  return live_blocks;
}
bool was_freed_twice() noexcept {
  return freed_twice;
}

}  // namespace reactor::model::heap

void* operator new(std::size_t size) {
  return allocate(size, 1);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate(size, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t size, std::nothrow_t const&) noexcept {
  try {
    return allocate(size, 1);
  } catch (...) {
    return nullptr;
  }
}
void operator delete(void* memory) noexcept {
  release(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  release(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  release(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  release(memory);
}
void operator delete(void* memory, std::nothrow_t const&) noexcept {
  release(memory);
}
