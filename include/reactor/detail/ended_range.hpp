// SPDX-License-Identifier: BSD-3-Clause
// A run's outcomes in the order in which its tasks end, while they do.
#pragma once

#include <cstddef>
#include <iterator>
#include <ranges>

#include "reactor/detail/in_flight.hpp"
#include "reactor/outcome.hpp"

namespace reactor::detail {

// Valid as long as the batch that it is of.
template <class Results>
class EndedRange {
 public:
  class iterator {
   public:
    using iterator_concept = std::input_iterator_tag;
    using value_type = typename Results::value_type;
    using difference_type = std::ptrdiff_t;

    iterator() = default;
    iterator(InFlight& run, Results const& results)
        : run_(&run), results_(&results), index_(run.await_ended(0)) {}

    value_type operator*() const noexcept { return (*results_)[index_]; }
    // Blocks until another task has ended, or the run is over.
    iterator& operator++() {
      index_ = run_->await_ended(++ended_);
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(iterator const& a, std::default_sentinel_t) noexcept {
      return a.index_ == a.results_->size();
    }

   private:
    InFlight* run_ = nullptr;
    Results const* results_ = nullptr;
    std::size_t ended_ = 0;
    std::size_t index_ = 0;
  };

  EndedRange(InFlight& run, Results const& results) noexcept : run_(&run), results_(&results) {}

  // Blocks until a task has ended, or the run is over.
  iterator begin() const { return iterator(*run_, *results_); }
  std::default_sentinel_t end() const noexcept { return {}; }

 private:
  InFlight* run_;
  Results const* results_;
};

}  // namespace reactor::detail

template <class Results>
inline constexpr bool std::ranges::enable_view<reactor::detail::EndedRange<Results>> = true;
