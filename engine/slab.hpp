// SPDX-License-Identifier: BSD-3-Clause
// All batches of a Reactor: a list that only grows, so that a batch's memory is a batch for ever.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "engine/env.hpp"

namespace reactor::engine {

// T is constructed by the function given to acquire() and freed with the slab.
template <class Env, class T>
class Slab {
 public:
  // More at once than anybody's nesting and callers; past it acquire() says no.
  static constexpr std::uint32_t k_entries_max = 1024;

  Slab() = default;
  Slab(Slab const&) = delete;
  Slab& operator=(Slab const&) = delete;
  ~Slab() {
    for (Entry* entry = head_.load(std::memory_order_relaxed); entry != nullptr;) {
      delete std::exchange(entry, entry->next);
    }
  }

  struct Entry {
    explicit Entry(auto const& make, std::uint32_t number) : value(make(number)) {}
    std::unique_ptr<T> value;
    Entry* next = nullptr;  // immutable once listed
    typename Env::template atomic<bool> taken{true};
  };

  // Any thread. Lock-free; allocates when all are taken. Null past k_entries_max; throws what
  // `make` throws and std::bad_alloc.
  Entry* acquire(auto const& make) {
    for (Entry* entry = head(); entry != nullptr; entry = entry->next) {
      bool expected = false;
      if (!entry->taken.load(std::memory_order_relaxed) &&
          // ORDER O24: Slab::release's store; what the previous owner wrote
          entry->taken.compare_exchange_strong(expected, true, std::memory_order_acquire,
                                               std::memory_order_relaxed)) {
        return entry;
      }
    }
    return grow(make);
  }

  // Last touch of the entry by its owner.
  void release(Entry* entry) noexcept {
    // ORDER O25: Slab::acquire's compare-exchange; what this owner wrote
    entry->taken.store(false, std::memory_order_release);
  }

  // Any thread, lock-free. Calls f on every T until one returns true; that one, or null.
  T* find_if(auto const& f) const {
    for (Entry* entry = head(); entry != nullptr; entry = entry->next) {
      if (f(*entry->value)) return entry->value.get();
    }
    return nullptr;
  }

  // The same, beginning behind `last` and coming back to it, so that every entry gets its turn.
  // Null begins at the beginning.
  Entry* find_next(Entry* last, auto const& f) const {
    if (last != nullptr) {
      for (Entry* entry = last->next; entry != nullptr; entry = entry->next) {
        if (f(*entry->value)) return entry;
      }
    }
    for (Entry* entry = head(); entry != nullptr; entry = entry->next) {
      if (f(*entry->value)) return entry;
      if (entry == last) break;
    }
    return nullptr;
  }

  bool was_all_free() const noexcept {
    for (Entry* entry = head(); entry != nullptr; entry = entry->next) {
      // ORDER O26: Slab::release's store; the owner is done with it
      if (entry->taken.load(std::memory_order_acquire)) return false;
    }
    return true;
  }

 private:
  Entry* head() const noexcept {
    // ORDER O27: Slab::grow's compare-exchange; the entry; after Parker::announce's store
    return head_.load(std::memory_order_seq_cst);
  }

  Entry* grow(auto const& make) {
    std::uint32_t const number = count_.fetch_add(1, std::memory_order_relaxed);
    if (number >= k_entries_max) {
      count_.fetch_sub(1, std::memory_order_relaxed);
      return nullptr;
    }
    Entry* entry = nullptr;
    try {
      entry = new Entry(make, number);
    } catch (...) {
      count_.fetch_sub(1, std::memory_order_relaxed);
      throw;
    }
    entry->next = head_.load(std::memory_order_relaxed);
    // ORDER O28: Slab::head's load; the entry; before its first offer's look at the sleepers
    while (!head_.compare_exchange_weak(entry->next, entry, std::memory_order_seq_cst,
                                        std::memory_order_relaxed)) {
    }
    return entry;
  }

  typename Env::template atomic<Entry*> head_{nullptr};
  typename Env::template atomic<std::uint32_t> count_{0};
};

}  // namespace reactor::engine
