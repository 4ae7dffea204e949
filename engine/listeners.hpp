// SPDX-License-Identifier: BSD-3-Clause
// Who wants to be told of what happens once. Protocol Q in README.md.
#pragma once

#include <cstdint>
#include <utility>

#include "engine/env.hpp"

namespace reactor::engine {

// Node: has a member `Node* next`, and is the user's.
template <class Env, class Node>
class Listeners {
 public:
  // Any thread, lock-free. False when it has happened: then the node is in no list.
  bool add(Node& node) noexcept {
    // ORDER O87: Listeners::close's exchange; what has happened
    node.next = newest_.load(std::memory_order_acquire);
    do {
      if (node.next == closed()) return false;
      // ORDER O88: Listeners::close's exchange; the node, here; what has happened, there
    } while (!newest_.compare_exchange_weak(node.next, &node, std::memory_order_release,
                                            std::memory_order_acquire));
    return true;
  }

  // Once, when it has happened. Returns them all, linked, who came first first.
  Node* close() noexcept {
    // ORDER O89: Listeners::add's compare-exchange; the nodes, from there; what has happened, to it
    Node* newest = newest_.exchange(closed(), std::memory_order_acq_rel);
    Node* oldest = nullptr;
    while (newest != nullptr) {
      Node* const before = std::exchange(newest->next, oldest);
      oldest = std::exchange(newest, before);
    }
    return oldest;
  }

 private:
  // SAFETY: never dereferenced, and no node's address.
  static Node* closed() noexcept { return reinterpret_cast<Node*>(std::uintptr_t{1}); }

  typename Env::template atomic<Node*> newest_{nullptr};
};

}  // namespace reactor::engine
