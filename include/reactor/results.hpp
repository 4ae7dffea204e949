// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "reactor/detail/index_iterator.hpp"
#include "reactor/detail/slots.hpp"
#include "reactor/outcome.hpp"
#include "reactor/summary.hpp"

namespace reactor {

template <class R>
class Batch;

// One outcome per task, in task order. Owns the values and the errors and outlives the Reactor.
// Movable, not copyable. While run_into works on it, from the first task's beginning on, other
// threads may read outcomes and nothing else.
template <class R>
class Results {
  using Stored = detail::Stored<R>;
  static constexpr bool k_has_values = !std::is_void_v<R>;

 public:
  using value_type = Outcome<R>;
  using iterator = detail::IndexIterator<Results>;

  // Empty, for run_into. Allocates nothing.
  Results() = default;
  Results(Results&& other) noexcept { swap(other); }
  Results& operator=(Results&& other) noexcept {
    Results(std::move(other)).swap(*this);
    return *this;
  }
  ~Results() { destroy_values(); }

  void swap(Results& other) noexcept {
    std::swap(slots_, other.slots_);
    std::swap(values_, other.values_);
    std::swap(capacity_, other.capacity_);
  }

  std::size_t size() const noexcept { return slots_ ? slots_->size() : 0; }
  bool empty() const noexcept { return size() == 0; }

  // Precondition: i < size(). Like an iterator's, the outcome lets the value be changed.
  Outcome<R> operator[](std::size_t i) const noexcept { return outcome(slots_.get(), values_, i); }

  // Throws Error when there is no such task.
  Outcome<R> at(std::size_t i) const {
    if (i >= size()) detail::throw_out_of_range(i, size());
    return (*this)[i];
  }

  iterator begin() const noexcept { return {this, 0}; }
  iterator end() const noexcept { return {this, size()}; }

  // All values in task order, moved out; or throws as Outcome::value does for the first task
  // without one, and moves none. O(n), one allocation.
  auto values() && requires k_has_values {
    std::vector<Stored> out;
    out.reserve(size());
    for (Outcome<R> outcome : *this) {
      if (!outcome) static_cast<void>(outcome.value());
    }
    for (Outcome<R> outcome : *this) out.push_back(std::move(outcome.value()));
    return out;
  }

  // A copy of each value, or nothing. O(n), one allocation.
  auto to_optionals() const& requires k_has_values {
    std::vector<std::optional<Stored>> out(size());
    for (Outcome<R> outcome : *this) {
      if (outcome) out[outcome.index()].emplace(*outcome);
    }
    return out;
  }
  auto to_optionals() && requires k_has_values {
    std::vector<std::optional<Stored>> out(size());
    for (Outcome<R> outcome : *this) {
      if (outcome) out[outcome.index()].emplace(std::move(*outcome));
    }
    return out;
  }

  // The outcomes of the tasks that failed or timed out, in task order. O(n).
  std::vector<Outcome<R>> failures() const {
    std::vector<Outcome<R>> out;
    for (Outcome<R> outcome : *this) {
      if (outcome.has_error()) out.push_back(outcome);
    }
    return out;
  }

  // Once the run is over.
  Summary summary() const noexcept { return slots_ ? slots_->summary() : Summary{}; }

  // The tasks' indices in the order in which they finished, failed ones included. Empty unless the
  // run was told to record it.
  std::span<std::size_t const> completion_order() const noexcept {
    return slots_ ? slots_->order() : std::span<std::size_t const>{};
  }

 private:
  friend class Reactor;
  friend class Batch<R>;

  static Outcome<R> outcome(detail::Slots const* slots, Stored* values, std::size_t i) noexcept {
    return {slots, k_has_values ? values + i : nullptr, i};
  }

  // Makes room for a run. Strong guarantee but for what is in here, which is gone in any case.
  void prepare(std::size_t size, bool record_order) {
    destroy_values();
    detail::prepare_outcomes<R>(slots_, values_, capacity_, size, record_order);
  }

  void destroy_values() noexcept {
    if constexpr (k_has_values && !std::is_trivially_destructible_v<Stored>) {
      for (std::size_t i = 0; i < size(); ++i) {
        if (slots_->status(i) == Status::done) std::destroy_at(values_ + i);
      }
    }
  }

  detail::SharedSlots slots_;
  Stored* values_ = nullptr;  // in the slots' memory; uninitialized where the status isn't done
  std::size_t capacity_ = 0;
};

}  // namespace reactor
