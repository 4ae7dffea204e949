// SPDX-License-Identifier: BSD-3-Clause
// Nodes that are used again and again, and freed with the pool: as many as were ever out at once.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

#include "engine/env.hpp"

namespace reactor::engine {

// Node: default-constructible, with a member `Pool<Env, Node>::Link link`. A stack of the free ones
// (R. K. Treiber, "Systems Programming: Coping with Parallelism", 1986), by number; a count of the
// changes beside the number tells a stack that looks as before from one that has not changed.
template <class Env, class Node>
class Pool {
 public:
  struct Link {
    std::uint64_t number = 0;
    typename Env::template atomic<std::uint64_t> below{0};  // while it is free
  };

  Pool() = default;
  Pool(Pool const&) = delete;
  Pool& operator=(Pool const&) = delete;
  // Precondition: all are back.
  ~Pool() {
    for (auto& chunk : chunks_) delete[] chunk.load(std::memory_order_relaxed);
  }

  // Any thread, lock-free. Allocates, twice as many each time, when more are out than ever before.
  // Throws std::bad_alloc, also for more than 16 million.
  Node& take() {
    for (;;) {
      for (std::uint64_t top = this->top(); number_in(top) != 0; top = this->top()) {
        Node& node = at(number_in(top));
        std::uint64_t const below = node.link.below.load(std::memory_order_relaxed);
        if (top_.compare_exchange_weak(top, changed(top, below), std::memory_order_relaxed,
                                       std::memory_order_relaxed)) {
          return node;
        }
      }
      if (Node* const node = grow()) return *node;
    }
  }

  // Any thread, lock-free.
  void give_back(Node& node) noexcept { push(node, node); }

  // The same by a thread that gives back many: it keeps some, and gives them back
  // together, so that the others are not disturbed each time. What it keeps is never lost.
  class Kept {
    friend Pool;
    Node* upper = nullptr;
    Node* lower = nullptr;
    int count = 0;
  };
  void give_back(Node& node, Kept& kept) noexcept {
    std::uint64_t const below = kept.count == 0 ? 0 : kept.upper->link.number;
    node.link.below.store(below, std::memory_order_relaxed);
    if (kept.count == 0) kept.lower = &node;
    kept.upper = &node;
    if (++kept.count < Env::k_kept_max) return;
    push(*kept.upper, *kept.lower);
    kept.count = 0;
  }

 private:
  static constexpr int k_number_bits = 24;
  static constexpr std::uint64_t k_number_mask = (std::uint64_t{1} << k_number_bits) - 1;
  static constexpr std::size_t k_first_chunk = Env::k_pool_first;
  static constexpr std::size_t k_chunks = 18;

  // Numbers begin at 1.
  static std::uint64_t number_in(std::uint64_t top) noexcept { return top & k_number_mask; }
  static std::uint64_t changed(std::uint64_t top, std::uint64_t number) noexcept {
    return ((top >> k_number_bits) + 1) << k_number_bits | number;
  }
  static std::size_t first_of(std::size_t chunk) noexcept {
    return k_first_chunk * ((std::size_t{1} << chunk) - 1);
  }

  std::uint64_t top() const noexcept {
    // ORDER O90: Pool::push's compare-exchange; the node on top, and the chunk that it is in
    return top_.load(std::memory_order_acquire);
  }

  Node& at(std::uint64_t number) const noexcept {
    std::size_t const i = number - 1;
    auto const chunk = static_cast<std::size_t>(std::bit_width(i / k_first_chunk + 1) - 1);
    return chunks_[chunk].load(std::memory_order_relaxed)[i - first_of(chunk)];
  }

  // `upper` is above `lower` already, and what lies between them.
  void push(Node& upper, Node& lower) noexcept {
    std::uint64_t top = top_.load(std::memory_order_relaxed);
    do {
      lower.link.below.store(number_in(top), std::memory_order_relaxed);
      // ORDER O91: Pool::top's load; the nodes, and the chunk that they are in
    } while (!top_.compare_exchange_weak(top, changed(top, upper.link.number),
                                         std::memory_order_release, std::memory_order_relaxed));
  }

  // Null when another thread has grown it meanwhile.
  Node* grow() {
    std::size_t chunk = 0;
    while (chunk < k_chunks && chunks_[chunk].load(std::memory_order_relaxed) != nullptr) ++chunk;
    if (chunk == k_chunks) throw std::bad_alloc();
    std::size_t const count = k_first_chunk << chunk;
    std::unique_ptr<Node[]> nodes(new Node[count]);
    for (std::size_t i = 0; i < count; ++i) {
      nodes[i].link.number = first_of(chunk) + i + 1;
      nodes[i].link.below.store(nodes[i].link.number + 1, std::memory_order_relaxed);
    }
    Node* none = nullptr;
    // Who finds a node of it has it from push().
    if (!chunks_[chunk].compare_exchange_strong(none, nodes.get(), std::memory_order_relaxed,
                                                std::memory_order_relaxed)) {
      return nullptr;
    }
    Node* const made = nodes.release();
    push(made[1], made[count - 1]);
    return made;
  }

  std::array<typename Env::template atomic<Node*>, k_chunks> chunks_{};
  // shared: written by who takes or gives back. changes:40 | number:24
  alignas(k_line_bytes) typename Env::template atomic<std::uint64_t> top_{0};
};

}  // namespace reactor::engine
