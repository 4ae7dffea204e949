// SPDX-License-Identifier: BSD-3-Clause
// std::atomic's interface over the modelled memory, and a plain variable that notices data races.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>

#include "tests/model/checker.hpp"

namespace reactor::model {

template <class T>
class Atomic {
  static_assert(sizeof(T) <= sizeof(std::uint64_t));

 public:
  Atomic() noexcept : Atomic(T{}) {}
  Atomic(T value) noexcept { memory().create(cell_, bits(value)); }
  Atomic(Atomic const&) = delete;
  Atomic& operator=(Atomic const&) = delete;
  ~Atomic() { memory().destroy(cell_); }

  T load(std::memory_order order, char const* file = __builtin_FILE(),
         int line = __builtin_LINE()) const {
    return value(memory().load(cell_, order, {file, line}));
  }

  void store(T desired, std::memory_order order, char const* file = __builtin_FILE(),
             int line = __builtin_LINE()) {
    memory().store(cell_, bits(desired), order, {file, line});
  }

  T exchange(T desired, std::memory_order order, char const* file = __builtin_FILE(),
             int line = __builtin_LINE()) {
    return value(memory().rmw(cell_, order, {file, line}, "exchange",
                              [&](std::uint64_t) { return bits(desired); }));
  }

  T fetch_add(T operand, std::memory_order order, char const* file = __builtin_FILE(),
              int line = __builtin_LINE()) {
    return value(memory().rmw(cell_, order, {file, line}, "fetch_add", [&](std::uint64_t old) {
      return bits(static_cast<T>(value(old) + operand));
    }));
  }

  T fetch_sub(T operand, std::memory_order order, char const* file = __builtin_FILE(),
              int line = __builtin_LINE()) {
    return value(memory().rmw(cell_, order, {file, line}, "fetch_sub", [&](std::uint64_t old) {
      return bits(static_cast<T>(value(old) - operand));
    }));
  }

  bool compare_exchange_strong(T& expected, T desired, std::memory_order success,
                               std::memory_order failure, char const* file = __builtin_FILE(),
                               int line = __builtin_LINE()) {
    std::uint64_t word = bits(expected);
    bool const exchanged =
        memory().compare_exchange(cell_, word, bits(desired), success, failure, {file, line});
    if (!exchanged) expected = value(word);
    return exchanged;
  }

  bool compare_exchange_weak(T& expected, T desired, std::memory_order success,
                             std::memory_order failure, char const* file = __builtin_FILE(),
                             int line = __builtin_LINE()) {
    return compare_exchange_strong(expected, desired, success, failure, file, line);
  }

  Cell& cell() noexcept { return cell_; }

 private:
  static Memory& memory() noexcept { return Checker::get().memory(); }
  static std::uint64_t bits(T value) noexcept {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof value);
    return bits;
  }
  static T value(std::uint64_t bits) noexcept {
    T value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
  }

  mutable Cell cell_;
};

// Not atomic: two threads may not use it at once, if one of them writes.
template <class T>
class Var {
 public:
  Var() : Var(T{}) {}
  explicit Var(T value) : value_(value) { note_write(); }
  Var(Var const&) = delete;
  Var& operator=(Var const&) = delete;
  ~Var() { check_all("destroys"); }

  T get() const {
    check_write("reads");
    reads_.reached[scheduler().self()] = ++scheduler().clock_of_self();
    return value_;
  }

  void set(T value) {
    check_all("writes");
    value_ = value;
    note_write();
  }

 private:
  static Scheduler& scheduler() noexcept { return Checker::get().scheduler(); }

  void note_write() noexcept {
    writer_ = scheduler().self();
    written_ = ++scheduler().clock_of_self();
  }
  void check_write(char const* verb) const {
    if (!scheduler().current().clock.has_seen(writer_, written_)) race(verb, writer_);
  }
  void check_all(char const* verb) const {
    check_write(verb);
    for (std::uint32_t other = 0; other < k_threads_max; ++other) {
      if (!scheduler().current().clock.has_seen(other, reads_.reached[other])) race(verb, other);
    }
  }
  void race(char const* verb, std::uint32_t other) const {
    scheduler().fail(std::string("data race: ") + scheduler().current().name + " " + verb +
                     " a variable, unordered with " + scheduler().thread(other).name);
  }

  T value_;
  std::uint32_t writer_ = 0;
  std::uint32_t written_ = 0;
  mutable VectorClock reads_;
};

}  // namespace reactor::model
