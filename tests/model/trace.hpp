// SPDX-License-Identifier: BSD-3-Clause
// An execution told for people: who did what where, and which store each load has read.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

#include "tests/model/heap.hpp"

namespace reactor::model {

class Trace {
 public:
  struct Event {
    char const* thread;
    char const* file;
    int line;
    void const* object;
    char const* operation;
    std::uint64_t value = 0;
    // Of atomic objects only: the serial number of the store that was read or made, and whether it
    // is not the newest one, or overtaken.
    char const* order = "";
    std::int64_t store = -1;
    bool is_odd = false;
  };
  static char const* name_of(std::memory_order order) noexcept;

  bool is_on() const noexcept { return is_on_; }
  void begin() { is_on_ = true, events_.clear(); }
  void end() { is_on_ = false; }
  void add(Event const& event) { events_.push_back(event); }

  // Names each object by the source line that uses it and a number.
  std::string to_string() const;

 private:
  bool is_on_ = false;
  Vector<Event> events_;
};

}  // namespace reactor::model
