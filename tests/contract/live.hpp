// SPDX-License-Identifier: BSD-3-Clause
// Objects that know which of them are alive.
#pragma once

#include <mutex>
#include <set>
#include <utility>

class Live {
 public:
  explicit Live(int number) : number_(number) { born(); }
  Live(Live const& other) : number_(other.number_) { born(); }
  Live(Live&& other) : number_(std::exchange(other.number_, -1)) { born(); }
  Live& operator=(Live const&) = delete;
  ~Live() { died(); }

  int number() const { return number_; }

  static std::size_t count() {
    std::lock_guard const lock(mutex());
    return alive().size();
  }

  // Objects made where one was, or destroyed where none was.
  static int mistakes() {
    std::lock_guard const lock(mutex());
    return mistake_count();
  }

 private:
  static std::mutex& mutex() {
    static std::mutex the_mutex;
    return the_mutex;
  }
  static std::set<void const*>& alive() {
    static std::set<void const*> addresses;
    return addresses;
  }
  static int& mistake_count() {
    static int count = 0;
    return count;
  }

  void born() const {
    std::lock_guard const lock(mutex());
    if (!alive().insert(this).second) ++mistake_count();
  }
  void died() const {
    std::lock_guard const lock(mutex());
    if (alive().erase(this) != 1) ++mistake_count();
  }

  int number_;
};
