// SPDX-License-Identifier: BSD-3-Clause
// What was handed to the workers and has not begun: oldest first. Protocol Q in README.md.
#pragma once

#include <cstdint>

#include "engine/batch.hpp"
#include "engine/counters.hpp"
#include "engine/env.hpp"
#include "engine/try_lock.hpp"

namespace reactor::engine {

template <class Env>
class InboxItem {
 public:
  // A run that has begun: who began it is inside, and shall help. Or nothing is left to do.
  struct Begun {
    Batch<Env>* batch = nullptr;
    std::uint64_t epoch = 0;
  };

  InboxItem() = default;
  InboxItem(InboxItem const&) = delete;
  InboxItem& operator=(InboxItem const&) = delete;

  // One of the two, once, by whoever took it; it may be gone when they return.
  // On worker `self`, whose counters these are. Returns the run that it has begun, if that is what
  // it does.
  virtual Begun begin(std::uint32_t self, Counters<Env>& counters) = 0;
  // There is no worker any more.
  virtual void refuse() noexcept = 0;

  // Has somebody begun it who did not take it? Then begin() has nothing to do but this.
  virtual bool has_begun() const noexcept { return false; }
  virtual void leave_list() noexcept {}

 protected:
  ~InboxItem() = default;

 private:
  template <class>
  friend class Inbox;
  typename Env::template atomic<InboxItem*> next_{nullptr};
};

// An intrusive list: D. Vyukov's "Intrusive MPSC node-based queue" (
// 1024cores.net), whose one consumer is whoever has the right to pop.
template <class Env>
class Inbox {
 public:
  using Item = InboxItem<Env>;

  Inbox() = default;
  Inbox(Inbox const&) = delete;
  Inbox& operator=(Inbox const&) = delete;

  // Any thread, wait-free; allocates nothing. The item is the inbox's until it is popped.
  void push(Item& item) noexcept {
    // Counted before it is there: so no more are popped than were pushed.
    // ORDER O62: Inbox::has_any's load; before the pusher's look at the sleepers
    pushed_.fetch_add(1, std::memory_order_seq_cst);
    link(item);
  }

  // Any thread, lock-free. The oldest, or null: there is none, or the next is just being pushed, or
  // another thread is taking one.
  Item* pop() noexcept {
    typename TryLock<Env>::Hold const right(popper_);
    Item* const item = right.is_mine() ? unlink() : nullptr;
    if (item == nullptr) return nullptr;
    popped_.store(popped_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    return item;
  }

  // Any thread that has begun an item without taking it. When so many have as others were left the
  // last time, takes out all of those, wherever they are, but the newest: so there are never many
  // more of them than of others. Lock-free but for what they let go of. Returns how many.
  std::uint64_t begun_in_here() noexcept {
    if (!has_any() ||
        begun_.fetch_add(1, std::memory_order_relaxed) < enough_.load(std::memory_order_relaxed)) {
      return 0;
    }
    std::uint64_t left = 0;
    for (Item* item = unlink_begun(); item != nullptr; ++left) {
      Item* const next = item->next_.load(std::memory_order_relaxed);
      item->leave_list();
      item = next;
    }
    return left;
  }

  // Who sees false knows that nothing that was pushed before is left.
  bool has_any() const noexcept {
    std::uint64_t const popped = popped_.load(std::memory_order_relaxed);
    // ORDER O65: Inbox::push's fetch_add; after Parker::announce's store
    return pushed_.load(std::memory_order_seq_cst) != popped;
  }

  std::uint64_t size_approx() const noexcept {
    std::uint64_t const popped = popped_.load(std::memory_order_relaxed);
    std::uint64_t const pushed = pushed_.load(std::memory_order_relaxed);
    return pushed > popped ? pushed - popped : 0;
  }

 private:
  // What the list ends with when it is empty.
  struct Stub final : Item {
    typename Item::Begun begin(std::uint32_t, Counters<Env>&) override { return {}; }
    void refuse() noexcept override {}
  };

  void link(Item& item) noexcept {
    item.next_.store(nullptr, std::memory_order_relaxed);
    // ORDER O66: the exchange of the next pusher; that the item's link is empty
    Item* const before = newest_.exchange(&item, std::memory_order_acq_rel);
    // ORDER O67: Inbox::next_of's load; the item's contents
    before->next_.store(&item, std::memory_order_release);
  }

  // With the right to pop.
  Item* unlink() noexcept {
    Item* oldest = oldest_;
    Item* next = next_of(*oldest);
    if (oldest == &stub_) {
      if (next == nullptr) return nullptr;
      oldest_ = oldest = next;
      next = next_of(*oldest);
    }
    if (next == nullptr) {
      // The last that is linked. It can only go when something comes behind it.
      if (newest_.load(std::memory_order_relaxed) != oldest) return nullptr;
      link(stub_);
      next = next_of(*oldest);
      if (next == nullptr) return nullptr;
    }
    oldest_ = next;
    return oldest;
  }

  // Those that have begun, one behind the other; or null, also when another thread is taking one.
  Item* unlink_begun() noexcept {
    typename TryLock<Env>::Hold const right(popper_);
    if (!right.is_mine()) return nullptr;
    begun_.store(0, std::memory_order_relaxed);
    Item* out = nullptr;
    Item* before = nullptr;
    std::uint64_t kept = 0;
    std::uint64_t popped = popped_.load(std::memory_order_relaxed);
    Item* item = oldest_;
    while (Item* const next = next_of(*item)) {  // whoever pushes has no business with it any more
      if (!item->has_begun()) {
        before = item;
        if (item != &stub_) ++kept;
      } else {
        if (before == nullptr) {
          oldest_ = next;
        } else {
          before->next_.store(next, std::memory_order_relaxed);
        }
        item->next_.store(out, std::memory_order_relaxed);
        out = item;
        ++popped;
      }
      item = next;
    }
    popped_.store(popped, std::memory_order_relaxed);
    enough_.store(kept, std::memory_order_relaxed);
    return out;
  }

  static Item* next_of(Item const& item) noexcept {
    // ORDER O68: Inbox::link's store; the next item's contents
    return item.next_.load(std::memory_order_acquire);
  }

  Stub stub_;

  // shared: written by who pushes
  alignas(k_line_bytes) typename Env::template atomic<Item*> newest_{&stub_};
  typename Env::template atomic<std::uint64_t> pushed_{0};

  // written by who pops
  alignas(k_line_bytes) TryLock<Env> popper_;
  Item* oldest_ = &stub_;
  typename Env::template atomic<std::uint64_t> popped_{0};
  typename Env::template atomic<std::uint64_t> enough_{0};

  // written by who begins what is in here
  typename Env::template atomic<std::uint64_t> begun_{0};  // since unlink_begun()
};

}  // namespace reactor::engine
