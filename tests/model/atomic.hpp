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

  T fetch_or(T operand, std::memory_order order, char const* file = __builtin_FILE(),
             int line = __builtin_LINE()) {
    return value(memory().rmw(cell_, order, {file, line}, "fetch_or", [&](std::uint64_t old) {
      return bits(static_cast<T>(value(old) | operand));
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
  ~Var() {
    check_all("destroys", {"", 0});
    is_alive_ = k_dead;
  }

  T get(char const* file = __builtin_FILE(), int line = __builtin_LINE()) const {
    check_write("reads", {file, line});
    reads_.reached[scheduler().self()] = ++scheduler().clock_of_self();
    tell("reads", {file, line});
    return value_;
  }

  void set(T value, char const* file = __builtin_FILE(), int line = __builtin_LINE()) {
    check_all("writes", {file, line});
    value_ = value;
    note_write();
    tell("writes", {file, line});
  }

 private:
  static Scheduler& scheduler() noexcept { return Checker::get().scheduler(); }
  static Memory& memory() noexcept { return Checker::get().memory(); }

  void note_write() noexcept {
    writer_ = scheduler().self();
    written_ = ++scheduler().clock_of_self();
  }
  void check_write(char const* verb, Site site) const {
    if (is_alive_ != k_alive) memory().fail(std::string(verb) + " a variable that is gone", site);
    if (!scheduler().current().clock.has_seen(writer_, written_)) race(verb, writer_, site);
  }
  void check_all(char const* verb, Site site) const {
    check_write(verb, site);
    for (std::uint32_t other = 0; other < k_threads_max; ++other) {
      if (!scheduler().current().clock.has_seen(other, reads_.reached[other])) {
        race(verb, other, site);
      }
    }
  }
  void race(char const* verb, std::uint32_t other, Site site) const {
    tell(verb, site);
    memory().fail(std::string("data race: ") + verb + " a variable, unordered with " +
                      scheduler().thread(other).name,
                  site);
  }
  void tell(char const* verb, Site site) const {
    memory().tell(this, site, verb, static_cast<std::uint64_t>(value_));
  }

  static constexpr std::uint32_t k_alive = 0xa11e;
  static constexpr std::uint32_t k_dead = 0xdead;

  std::uint32_t volatile is_alive_ = k_alive;  // or the compiler leaves the destructor's store out
  T value_;
  std::uint32_t writer_ = 0;
  std::uint32_t written_ = 0;
  mutable VectorClock reads_;
};

}  // namespace reactor::model
