// SPDX-License-Identifier: BSD-3-Clause
// The ranges of one batch that anybody inside may take. Protocol B in README.md.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "engine/env.hpp"
#include "engine/range_queue.hpp"
#include "engine/shelf.hpp"

namespace reactor::engine {

template <class Env>
class Offers {
 public:
  // One producer for each worker, in its own queue, and one for a caller that is no worker.
  // Allocates all that will ever be used; throws std::bad_alloc.
  Offers(std::vector<RangeQueue<Env>>& queues, std::uint32_t number) {
    producers_.reserve(queues.size() + 1);
    for (auto& queue : queues) producers_.emplace_back(queue);
    producers_.emplace_back(queues[number % queues.size()]);
  }

  // ---- owner only, while nobody else is inside ----

  // What a stopped run has left is not wanted again. `shelf_owner`: whoever is the same thread from
  // the run's beginning to its end, and inside (it benches any other of its number); or nobody.
  void forget(std::uint32_t shelf_owner) noexcept {
    shelf_owner_ = shelf_owner;
    shelf_.clear();
    if (queued_.load(std::memory_order_relaxed) != 0) queued_.store(0, std::memory_order_relaxed);
  }

  // A caller offers before it takes, so nothing else would ever empty its producer of what stopped
  // runs left there. Workers take first.
  void drop_stale(std::uint32_t from, std::uint64_t epoch) noexcept {
    Range stale;
    pop_current<Env>(producers_[from], epoch, stale);
  }

  // ---- any thread ----

  bool has_any() const noexcept {
    // ORDER O22: Offers::push's fetch_add; after Parker::announce's store
    return queued_.load(std::memory_order_seq_cst) > 0 || shelf_.has_any();
  }

  // By who keeps watch, of a run that wants help: overdue is what has done so at two looks.
  void note_look(std::uint64_t epoch) noexcept {
    bool const is_second = seen_.load(std::memory_order_relaxed) / 2 == epoch;
    seen_.store(2 * epoch + (is_second ? 1 : 0), std::memory_order_relaxed);
  }
  bool is_overdue(std::uint64_t epoch) const noexcept {
    return seen_.load(std::memory_order_relaxed) == 2 * epoch + 1;
  }

  // ---- who is inside ----

  // Lock-free, allocates nothing. False when there is no room: keep it. `self` is the only thread
  // that pushes through its producer. Of a range that was taken the count is taken over.
  bool push(std::uint32_t self, Range const& range) noexcept {
    if (self == shelf_owner_ && range.is_counted == 0 && shelf_.put(range)) return true;
    // Counted before it is there: who sees zero knows that nothing pushed before is left.
    // ORDER O21: Offers::has_any's load; before the pusher's look at the sleepers
    if (range.is_counted == 0) queued_.fetch_add(1, std::memory_order_seq_cst);
    if (producers_[self].push(range)) return true;
    if (range.is_counted == 0) queued_.fetch_sub(1, std::memory_order_relaxed);
    return false;
  }

  // For a range that was taken, and of which nothing has been offered again.
  void uncount(Range& range) noexcept {
    if (std::exchange(range.is_counted, 0) != 0) queued_.fetch_sub(1, std::memory_order_relaxed);
  }

  // Only what was offered by `from`, oldest first. It stays counted: who takes it offers its rest
  // as a rule, and many threads do so at a time.
  bool take_from(std::uint32_t from, std::uint64_t epoch, Range& range) noexcept {
    return pop_current<Env>(producers_[from], epoch, range);
  }

  // Takes back what `self` offered, or steals, nearest neighbour first. False proves nothing: only
  // the counts say when a run is over.
  bool take(std::uint32_t self, std::uint64_t epoch, Range& range, bool& stolen) noexcept {
    auto const count = static_cast<std::uint32_t>(producers_.size());
    bool const is_owner = self == shelf_owner_;
    stolen = false;
    if (is_owner && shelf_.take(epoch, range)) return true;
    if (!has_any()) return false;
    if (take_from(self, epoch, range)) return true;
    stolen = true;
    if (!is_owner && shelf_.take(epoch, range)) return true;
    for (std::uint32_t i = 1; i < count && has_any(); ++i) {
      std::uint32_t const from = self + i < count ? self + i : self + i - count;
      if (take_from(from, epoch, range)) return true;
    }
    return false;
  }

 private:
  // immutable
  std::vector<RangeProducer<Env>> producers_;
  std::uint32_t shelf_owner_ = 0;  // while a run is open

  // shared: written by whoever offers or takes a range
  alignas(k_line_bytes) typename Env::template atomic<std::int64_t> queued_{0};
  Shelf<Env> shelf_;
  typename Env::template atomic<std::uint64_t> seen_{0};  // epoch, and whether twice
};

}  // namespace reactor::engine
