// SPDX-License-Identifier: BSD-3-Clause
// Task index → failure. Costs nothing until a task fails, then a few nodes a failure at most.
// Protocol F in README.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

#include "engine/assert.hpp"
#include "engine/env.hpp"
#include "engine/install.hpp"
#include "reactor/detail/slots.hpp"

namespace reactor::engine {

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

  // Any thread, once per index. Lock-free. Takes what is given; false, and it is gone, when out of
  // memory. What is found later is what the inserting thread had written.
  bool insert(std::uint64_t index, T* value) noexcept {
    Link* link = &root_;
    for (int level = levels_ - 1; level >= 0; --level) {
      Node* const node = node_at(*link);
      if (node == nullptr) {
        delete value;
        return false;
      }
      link = &node->links[index >> (k_bits * level) & k_mask];
    }
    REACTOR_ASSERT_INTERNAL(link->load(std::memory_order_relaxed) == nullptr);
    // ORDER O7: FailureMap::find's last load; the failure's contents
    link->store(value, std::memory_order_release);
    return true;
  }

  // Any thread. Null when there is none, or there was no memory to keep it.
  T* find(std::uint64_t index) const noexcept {
    Link const* link = &root_;
    for (int level = levels_ - 1; level >= 0; --level) {
      // ORDER O8: get_or_install's compare-exchange; the node's links
      auto* const node = static_cast<Node*>(link->load(std::memory_order_acquire));
      if (node == nullptr) return nullptr;
      link = &node->links[index >> (k_bits * level) & k_mask];
    }
    // ORDER O9: FailureMap::insert's store; the failure's contents
    return static_cast<T*>(link->load(std::memory_order_acquire));
  }

  // Owner only, nobody else inside.
  void clear() noexcept {
    if (root_.load(std::memory_order_relaxed) == nullptr) return;
    free_tree(root_.load(std::memory_order_relaxed), levels_);
    root_.store(nullptr, std::memory_order_relaxed);
  }

 private:
  static constexpr int k_bits = 6;
  static constexpr std::uint64_t k_mask = (1u << k_bits) - 1;
  static constexpr int k_levels_max = 11;  // 66 bits

  using Link = typename Env::template atomic<void*>;
  struct Node {
    std::array<Link, 1u << k_bits> links{};
  };

  static Node* node_at(Link& link) noexcept {
    return get_or_install<Node>(link,
                                [] { return std::unique_ptr<Node>(new (std::nothrow) Node); });
  }

  static void free_tree(void* tree, int levels) noexcept {
    if (tree == nullptr) return;
    if (levels == 0) {
      delete static_cast<T*>(tree);
      return;
    }
    auto* const node = static_cast<Node*>(tree);
    for (Link& link : node->links) free_tree(link.load(std::memory_order_relaxed), levels - 1);
    delete node;
  }

  Link root_{nullptr};
  int levels_ = 1;  // immutable while a run goes on
};

// A failed task's outcome: whoever reads its status as `to` finds its failure. `failure` may be
// null, when there was no memory for it.
template <class Env, class T, class Byte>
void publish_failure(FailureMap<Env, T>& failures, std::uint64_t index, T* failure, Byte& status,
                     Status to) noexcept {
  if (failure != nullptr) failures.insert(index, failure);
  detail::transition(status, to);
}

}  // namespace reactor::engine
