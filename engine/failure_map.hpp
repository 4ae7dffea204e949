// SPDX-License-Identifier: BSD-3-Clause
// Task index → failure. Costs nothing until a task fails; then little memory where failures are far
// apart, and few allocations where they are close. Protocol F in README.md.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>

#include "engine/assert.hpp"
#include "engine/env.hpp"
#include "engine/install.hpp"
#include "reactor/detail/slots.hpp"

namespace reactor::engine {

// The failures of up to 64 tasks, in the order in which they were recorded, in pages of 1, 3, 12
// and 48.
template <class Env, class T>
class FailureLeaf {
 public:
  static constexpr std::size_t k_size = 64;

  FailureLeaf() = default;
  FailureLeaf(FailureLeaf const&) = delete;
  FailureLeaf& operator=(FailureLeaf const&) = delete;
  ~FailureLeaf() {
    for (Number const& number : numbers_) {
      std::uint8_t const k = number.load(std::memory_order_relaxed);
      if (k != 0) std::destroy_at(at(k - 1u));
    }
    for (Page const& page : pages_) delete[] page.load(std::memory_order_relaxed);
  }

  // As FailureMap's.
  template <class... Args>
  bool emplace(std::size_t i, Args&&... args) noexcept {
    // Relaxed: a number is nobody else's.
    std::size_t const k = used_.fetch_add(1, std::memory_order_relaxed);
    Room* const page = get_or_install<Room>(pages_[page_of(k)], [k] {
      return std::unique_ptr<Room[]>(new (std::nothrow)
                                         Room[first_of(page_of(k) + 1) - first_of(page_of(k))]);
    });
    if (page == nullptr) return false;
    ::new (page + (k - first_of(page_of(k)))) T(std::forward<Args>(args)...);
    REACTOR_ASSERT_INTERNAL(numbers_[i].load(std::memory_order_relaxed) == 0);
    // ORDER O7: FailureLeaf::find's load; the failure's contents, and its page
    numbers_[i].store(static_cast<std::uint8_t>(k + 1), std::memory_order_release);
    return true;
  }

  T* find(std::size_t i) const noexcept {
    // ORDER O9: FailureLeaf::emplace's store; the failure's contents, and its page
    std::uint8_t const k = numbers_[i].load(std::memory_order_acquire);
    return k == 0 ? nullptr : at(k - 1u);
  }

 private:
  struct Room {
    alignas(T) std::byte bytes[sizeof(T)];
  };
  using Number = typename Env::template atomic<std::uint8_t>;
  using Page = typename Env::template atomic<Room*>;

  static constexpr std::size_t page_of(std::size_t k) noexcept {
    return (static_cast<std::size_t>(std::bit_width(k)) + 1) / 2;
  }
  static constexpr std::size_t first_of(std::size_t page) noexcept {
    return page == 0 ? 0 : std::size_t{1} << 2 * (page - 1);
  }

  // Of a number that was read in numbers_.
  T* at(std::size_t k) const noexcept {
    Room* const page = pages_[page_of(k)].load(std::memory_order_relaxed);
    // SAFETY: made there by emplace.
    return std::launder(reinterpret_cast<T*>(page + (k - first_of(page_of(k)))));
  }

  Number used_{0};
  std::array<Number, k_size> numbers_{};  // 0: none; else one more than its failure's
  std::array<Page, 4> pages_{};
};

// A radix tree of 64-way nodes, grown by compare-exchange, never shrunk until clear(). T is
// destroyed with the map.
template <class Env, class T>
class FailureMap {
 public:
  FailureMap() = default;
  FailureMap(FailureMap const&) = delete;
  FailureMap& operator=(FailureMap const&) = delete;
  ~FailureMap() { clear(); }

  // Owner only, nobody else inside. For indices below `size`.
  void reset(std::uint64_t size) noexcept {
    clear();
    levels_ = 1;
    while (levels_ < k_levels_max && (size - (size != 0)) >> (k_bits * levels_) != 0) ++levels_;
  }

  // Any thread, once per index. Lock-free. False, and nothing is there, when out of memory; T's
  // constructor must not throw. What is found later is what the emplacing thread had written.
  template <class... Args>
  bool emplace(std::uint64_t index, Args&&... args) noexcept {
    Link* link = &root_;
    for (int level = levels_ - 1; level > 0; --level) {
      Node* const node = make_at<Node>(*link);
      if (node == nullptr) return false;
      link = &node->links[index >> (k_bits * level) & k_mask];
    }
    Leaf* const leaf = make_at<Leaf>(*link);
    return leaf != nullptr && leaf->emplace(index & k_mask, std::forward<Args>(args)...);
  }

  // Any thread. Null when there is none, or there was no memory to keep it.
  T* find(std::uint64_t index) const noexcept {
    Link const* link = &root_;
    for (int level = levels_ - 1; level >= 0; --level) {
      // ORDER O8: get_or_install's compare-exchange; the node's links, the leaf's numbers
      void* const found = link->load(std::memory_order_acquire);
      if (found == nullptr) return nullptr;
      if (level == 0) return static_cast<Leaf*>(found)->find(index & k_mask);
      link = &static_cast<Node*>(found)->links[index >> (k_bits * level) & k_mask];
    }
    return nullptr;
  }

  // Owner only, nobody else inside.
  void clear() noexcept {
    if (root_.load(std::memory_order_relaxed) == nullptr) return;
    free_tree(root_.load(std::memory_order_relaxed), levels_ - 1);
    root_.store(nullptr, std::memory_order_relaxed);
  }

 private:
  static constexpr int k_bits = 6;
  static constexpr std::uint64_t k_mask = (1u << k_bits) - 1;
  static constexpr int k_levels_max = 11;  // 66 bits

  using Link = typename Env::template atomic<void*>;
  using Leaf = FailureLeaf<Env, T>;
  static_assert(Leaf::k_size == 1u << k_bits);
  struct Node {
    std::array<Link, 1u << k_bits> links{};
  };

  template <class Made>
  static Made* make_at(Link& link) noexcept {
    return get_or_install<Made>(link,
                                [] { return std::unique_ptr<Made>(new (std::nothrow) Made); });
  }

  static void free_tree(void* tree, int level) noexcept {
    if (tree == nullptr) return;
    if (level == 0) return delete static_cast<Leaf*>(tree);
    auto* const node = static_cast<Node*>(tree);
    for (Link& link : node->links) free_tree(link.load(std::memory_order_relaxed), level - 1);
    delete node;
  }

  Link root_{nullptr};
  int levels_ = 1;  // immutable while a run goes on
};

// A failed task's outcome, of what a T is made of: whoever reads its status as `to` finds its
// failure, unless there was no memory for it.
template <class Env, class T, class Byte, class... Args>
void publish_failure(FailureMap<Env, T>& failures, std::uint64_t index, Byte& status,
                     detail::RunMark run, Status to, Args&&... args) noexcept {
  failures.emplace(index, std::forward<Args>(args)...);
  detail::transition(status, run, to);
}

}  // namespace reactor::engine
