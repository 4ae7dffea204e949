// SPDX-License-Identifier: BSD-3-Clause
// Atomic objects as C++20 defines them: each has a history of stores in modification order, and a
// load may return any of them that coherence and what its thread knows allow.
//
// The model is RC11 (Lahav et al., PLDI 2017) executed in order: stores may be overtaken in
// modification order and loads may read old values, but no load sees a store that comes later (no
// load buffering). seq_cst operations take effect in the order in which they are executed.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "tests/model/scheduler.hpp"
#include "tests/model/trace.hpp"

namespace reactor::model {

// Where in the tested code an operation stands.
struct Site {
  char const* file;
  int line;
};

// One store.
struct Message {
  std::uint64_t value;
  VectorClock released;  // what an acquire load of it learns
  bool is_sc;
  bool is_of_rmw;  // nothing comes between it and what it read
};

// The state of an atomic object that several threads use.
class Location {
 public:
  void reset(std::uint64_t initial, VectorClock const& released) {
    messages_.clear();
    order_.clear();
    for (auto& seen : seen_) seen.clear();
    messages_.push_back({initial, released, false, false});
    order_.push_back(0);
    last_sc_ = 0;
  }

  // The oldest place in modification order that a thread with this clock may read or overtake.
  std::size_t floor(VectorClock const& clock, bool is_sc) const noexcept;
  std::size_t end() const noexcept { return order_.size(); }
  Message const& at(std::size_t place) const noexcept { return messages_[order_[place]]; }
  Message const& latest() const noexcept { return messages_[order_.back()]; }
  // May a read-modify-write read this one? Nothing may come between it and what it reads.
  bool is_free_behind(std::size_t place) const noexcept {
    return place + 1 == end() || !at(place + 1).is_of_rmw;
  }
  // The stores' serial numbers, for people.
  std::size_t serial(std::size_t place) const noexcept { return order_[place]; }

  void note(std::uint32_t thread, std::uint32_t clock, std::size_t place);
  void insert(std::size_t place, Message const& message);

 private:
  struct Seen {
    std::uint32_t clock;
    std::uint16_t message;
  };
  std::size_t place_of(std::uint16_t message) const noexcept;

  Vector<Message> messages_;
  Vector<std::uint16_t> order_;  // modification order
  std::array<Vector<Seen>, k_threads_max> seen_;
  std::uint16_t last_sc_ = 0;
};

// What stands in the tested program's memory. While only one thread uses it, its value is all there
// is to it.
struct Cell {
  std::uint64_t value = 0;
  Location* location = nullptr;
  std::uint32_t ordinal = 0;
  std::uint32_t maker_clock = 0;
  std::uint16_t liveness = 0;
  std::uint8_t maker = 0;
  std::uint8_t user = k_nobody;  // the only one so far
  std::array<std::uint32_t, k_threads_max> touched{};

  static constexpr std::uint8_t k_nobody = 0xff;
  static constexpr std::uint16_t k_live = 0xa11e;
  static constexpr std::uint16_t k_dead = 0xdead;
};

class Memory {
 public:
  Memory(Scheduler& scheduler, Choices& choices, Trace& trace)
      : scheduler_(scheduler), choices_(choices), trace_(trace) {}

  void begin() { used_ = 0; }

  // Operations on objects that only one thread uses are not worth an interruption. Which those are
  // is found out on the way, and changes only here: true when more objects than was thought are
  // used by several threads. Then what was explored may be too little.
  bool take_discoveries();

  void create(Cell& cell, std::uint64_t initial) noexcept;
  void destroy(Cell& cell);

  std::uint64_t load(Cell& cell, std::memory_order order, Site site);
  void store(Cell& cell, std::uint64_t value, std::memory_order order, Site site);
  template <class F>
  std::uint64_t rmw(Cell& cell, std::memory_order order, Site site, char const* name, F const& f) {
    if (!is_shared(cell, site)) {
      std::uint64_t const old = cell.value;
      cell.value = f(old);
      return old;
    }
    std::size_t const place = choose_rmw_place(*cell.location, order);
    std::uint64_t const old = cell.location->at(place).value;
    finish_rmw(cell, place, f(old), order, site, name);
    return old;
  }
  bool compare_exchange(Cell& cell, std::uint64_t& expected, std::uint64_t desired,
                        std::memory_order success, std::memory_order failure, Site site);

  // The newest value, as the kernel would see it.
  std::uint64_t peek(Cell& cell, Site site);
  // An operation on something that is no atomic but that others may notice.
  void touch(Cell& cell, Site site) { is_shared(cell, site); }
  void check_alive(Cell const& cell, Site site);

  // An operation that is none of an atomic object's, for the trace.
  void tell(void const* object, Site site, char const* operation, std::uint64_t value = 0);
  [[noreturn]] void fail(std::string const& what, Site site);

 private:
  // One step. False when only this thread has ever used it.
  bool is_shared(Cell& cell, Site site);
  bool is_known(Cell const& cell) const noexcept;
  void discover(Cell const& cell);
  void materialize(Cell& cell);
  // Apart, so that the looks before each step are short.
  [[noreturn, gnu::cold, gnu::noinline]] void fail_to_be_alive(Cell const& cell, Site site);
  void acquire(Message const& message, std::memory_order order);
  std::size_t choose_rmw_place(Location const& location, std::memory_order order);
  void tell(Cell const& cell, Site site, char const* operation, std::memory_order order,
            std::uint64_t value, std::size_t place);
  void finish_rmw(Cell& cell, std::size_t place, std::uint64_t value, std::memory_order order,
                  Site site, char const* name);

  Scheduler& scheduler_;
  Choices& choices_;
  Trace& trace_;
  Vector<Location*> locations_;  // reused from one execution to the next
  std::size_t used_ = 0;
  // by maker and ordinal
  std::array<Vector<char>, k_threads_max> known_;
  std::array<Vector<char>, k_threads_max> discovered_;
};

}  // namespace reactor::model
