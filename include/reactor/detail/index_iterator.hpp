// SPDX-License-Identifier: BSD-3-Clause
// Random access over anything with operator[](std::size_t) that returns by value.
#pragma once

#include <compare>
#include <cstddef>
#include <iterator>
#include <utility>

namespace reactor::detail {

template <class Owner>
class IndexIterator {
 public:
  using iterator_concept = std::random_access_iterator_tag;
  using iterator_category = std::input_iterator_tag;  // its reference is no reference
  using value_type = decltype(std::declval<Owner const&>()[std::size_t{}]);
  using reference = value_type;
  using difference_type = std::ptrdiff_t;
  using pointer = void;

  IndexIterator() = default;
  IndexIterator(Owner const* owner, std::size_t i) noexcept : owner_(owner), i_(i) {}

  reference operator*() const { return (*owner_)[i_]; }
  reference operator[](difference_type n) const { return *(*this + n); }

  IndexIterator& operator++() noexcept { return *this += 1; }
  IndexIterator operator++(int) noexcept { return std::exchange(*this, *this + 1); }
  IndexIterator& operator--() noexcept { return *this += -1; }
  IndexIterator operator--(int) noexcept { return std::exchange(*this, *this + -1); }
  IndexIterator& operator+=(difference_type n) noexcept {
    i_ += static_cast<std::size_t>(n);
    return *this;
  }
  IndexIterator& operator-=(difference_type n) noexcept { return *this += -n; }

  friend IndexIterator operator+(IndexIterator it, difference_type n) noexcept { return it += n; }
  friend IndexIterator operator+(difference_type n, IndexIterator it) noexcept { return it += n; }
  friend IndexIterator operator-(IndexIterator it, difference_type n) noexcept { return it -= n; }
  friend difference_type operator-(IndexIterator a, IndexIterator b) noexcept {
    return static_cast<difference_type>(a.i_ - b.i_);
  }
  friend bool operator==(IndexIterator a, IndexIterator b) noexcept { return a.i_ == b.i_; }
  friend std::strong_ordering operator<=>(IndexIterator a, IndexIterator b) noexcept {
    return a.i_ <=> b.i_;
  }

 private:
  Owner const* owner_ = nullptr;
  std::size_t i_ = 0;
};

}  // namespace reactor::detail
