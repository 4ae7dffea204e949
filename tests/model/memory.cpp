// SPDX-License-Identifier: BSD-3-Clause
#include "tests/model/memory.hpp"

#include <algorithm>
#include <cstring>
#include <string>

namespace reactor::model {

namespace {

bool acquires(std::memory_order order) noexcept {
  return order == std::memory_order_acquire || order == std::memory_order_acq_rel ||
         order == std::memory_order_seq_cst || order == std::memory_order_consume;
}
bool releases(std::memory_order order) noexcept {
  return order == std::memory_order_release || order == std::memory_order_acq_rel ||
         order == std::memory_order_seq_cst;
}
bool is_sc(std::memory_order order) noexcept {
  return order == std::memory_order_seq_cst;
}

std::string where(Site site) {
  char const* const name = std::strrchr(site.file, '/');
  return std::string(name != nullptr ? name + 1 : site.file) + ":" + std::to_string(site.line);
}

}  // namespace

std::size_t Location::place_of(std::uint16_t message) const noexcept {
  // Mostly it is one of the last.
  for (std::size_t place = order_.size(); place-- > 0;) {
    if (order_[place] == message) return place;
  }
  return 0;
}

std::size_t Location::floor(VectorClock const& clock, bool is_sc) const noexcept {
  std::size_t floor = is_sc ? place_of(last_sc_) : 0;
  for (std::uint32_t thread = 0; thread < k_threads_max; ++thread) {
    auto const& seen = seen_[thread];
    for (std::size_t i = seen.size(); i-- > 0;) {
      if (!clock.has_seen(thread, seen[i].clock)) continue;
      floor = std::max(floor, place_of(seen[i].message));
      break;
    }
  }
  return floor;
}

void Location::note(std::uint32_t thread, std::uint32_t clock, std::size_t place) {
  auto& seen = seen_[thread];
  std::uint16_t const message = order_[place];
  if (seen.empty() || seen.back().message != message) seen.push_back({clock, message});
}

void Location::insert(std::size_t place, Message const& message) {
  auto const serial = static_cast<std::uint16_t>(messages_.size());
  messages_.push_back(message);
  order_.insert(order_.begin() + static_cast<std::ptrdiff_t>(place), serial);
  if (message.is_sc) last_sc_ = serial;
}

void Memory::create(Cell& cell, std::uint64_t initial) noexcept {
  Scheduler::Thread& thread = scheduler_.current();
  cell = {};
  cell.value = initial;
  cell.ordinal = thread.created++;
  cell.maker = static_cast<std::uint8_t>(scheduler_.self());
  cell.maker_clock = ++scheduler_.clock_of_self();
  cell.liveness = Cell::k_live;
}

void Memory::destroy(Cell& cell) {
  if (cell.liveness != Cell::k_live) fail("an atomic object is destroyed twice", {"", 0});
  for (std::uint32_t other = 0; other < k_threads_max; ++other) {
    if (!scheduler_.current().clock.has_seen(other, cell.touched[other])) {
      fail(std::string("an atomic object is destroyed, but nothing says that ") +
               scheduler_.thread(other).name + " is done with it",
           {"", 0});
    }
  }
  cell.liveness = Cell::k_dead;
}

void Memory::check_alive(Cell const& cell, Site site) {
  // Construction is not atomic: it must have been published.
  if (cell.liveness != Cell::k_live ||
      !scheduler_.current().clock.has_seen(cell.maker, cell.maker_clock)) {
    fail_to_be_alive(cell, site);
  }
}

void Memory::fail_to_be_alive(Cell const& cell, Site site) {
  fail(cell.liveness != Cell::k_live
           ? "touches an object that is gone"
           : "uses an atomic object whose construction was not published to it",
       site);
}

bool Memory::is_known(Cell const& cell) const noexcept {
  auto const& known = known_[cell.maker];
  return cell.ordinal < known.size() && known[cell.ordinal] != 0;
}

void Memory::discover(Cell const& cell) {
  auto& discovered = discovered_[cell.maker];
  if (discovered.size() <= cell.ordinal) discovered.resize(cell.ordinal + 1);
  discovered[cell.ordinal] = 1;
}

bool Memory::take_discoveries() {
  bool has_grown = false;
  for (std::size_t maker = 0; maker < k_threads_max; ++maker) {
    auto& known = known_[maker];
    if (known.size() < discovered_[maker].size()) known.resize(discovered_[maker].size());
    for (std::size_t i = 0; i < discovered_[maker].size(); ++i) {
      if (known[i] >= discovered_[maker][i]) continue;
      known[i] = 1;
      has_grown = true;
    }
  }
  return has_grown;
}

void Memory::materialize(Cell& cell) {
  if (used_ == locations_.size())
    locations_.push_back(new (std::malloc(sizeof(Location))) Location);
  cell.location = locations_[used_++];
  // How somebody used it alone until now is not known any more. To be on the safe side: who reads
  // what that one left learns all that it knows. Those who explore come again, knowing better.
  bool const was_private = cell.user != Cell::k_nobody;
  cell.location->reset(cell.value,
                       was_private ? scheduler_.thread(cell.user).clock : VectorClock{});
  cell.location->note(cell.maker, cell.maker_clock, 0);
}

bool Memory::is_shared(Cell& cell, Site site) {
  check_alive(cell, site);
  auto const self = static_cast<std::uint8_t>(scheduler_.self());
  if (cell.location == nullptr && !is_known(cell)) {
    if (cell.user == Cell::k_nobody) cell.user = self;
    if (cell.user == self) {
      ++scheduler_.clock_of_self();
      cell.touched[self] = scheduler_.clock_of_self();
      return false;
    }
    discover(cell);
  }
  scheduler_.step();
  check_alive(cell, site);  // much may have happened
  if (cell.location == nullptr) materialize(cell);
  cell.touched[self] = scheduler_.clock_of_self();
  return true;
}

void Memory::acquire(Message const& message, std::memory_order order) {
  if (acquires(order)) scheduler_.current().clock.join(message.released);
}

std::uint64_t Memory::load(Cell& cell, std::memory_order order, Site site) {
  if (!is_shared(cell, site)) return cell.value;
  Location& location = *cell.location;
  std::size_t const newest = location.end() - 1;
  std::size_t place = newest;
  if (choices_.has_budget(Kind::stale)) {
    std::size_t const floor = location.floor(scheduler_.current().clock, is_sc(order));
    place = newest - choices_.choose(newest - floor + 1, Kind::stale);
  }
  location.note(scheduler_.self(), scheduler_.clock_of_self(), place);
  Message const& message = location.at(place);
  acquire(message, order);
  tell(cell, site, "load", order, message.value, place);
  return message.value;
}

void Memory::store(Cell& cell, std::uint64_t value, std::memory_order order, Site site) {
  if (!is_shared(cell, site)) {
    cell.value = value;
    return;
  }
  Location& location = *cell.location;
  Message message{value, {}, is_sc(order), false};
  if (releases(order)) message.released = scheduler_.current().clock;
  std::size_t place = location.end();
  if (choices_.has_budget(Kind::stale)) {
    // It may have been overtaken, but not by what its thread knows of, and not inside of a
    // read-modify-write.
    std::size_t lowest = location.floor(scheduler_.current().clock, is_sc(order)) + 1;
    std::size_t places[64];
    std::size_t count = 0;
    for (std::size_t at = location.end(); at >= lowest && count < 64; --at) {
      if (at == location.end() || !location.at(at).is_of_rmw) places[count++] = at;
    }
    place = places[choices_.choose(count, Kind::stale)];
  }
  location.insert(place, message);
  location.note(scheduler_.self(), scheduler_.clock_of_self(), place);
  tell(cell, site, "store", order, value, place);
}

// Not only the newest: other threads' stores behind it in modification order may not have been seen
// yet.
std::size_t Memory::choose_rmw_place(Location const& location, std::memory_order order) {
  std::size_t const newest = location.end() - 1;
  if (!choices_.has_budget(Kind::stale)) return newest;
  std::size_t const floor = location.floor(scheduler_.current().clock, is_sc(order));
  std::size_t places[64] = {newest};
  std::size_t count = 1;
  for (std::size_t at = newest; at-- > floor && count < 64;) {
    if (location.is_free_behind(at)) places[count++] = at;
  }
  return places[choices_.choose(count, Kind::stale)];
}

void Memory::finish_rmw(Cell& cell, std::size_t place, std::uint64_t value, std::memory_order order,
                        Site site, char const* name) {
  Location& location = *cell.location;
  Message const read = location.at(place);
  acquire(read, order);
  // The release sequence goes on through it (C++20: through read-modify-writes only).
  Message message{value, read.released, is_sc(order), true};
  if (releases(order)) message.released.join(scheduler_.current().clock);
  location.insert(place + 1, message);
  location.note(scheduler_.self(), scheduler_.clock_of_self(), place + 1);
  tell(cell, site, name, order, value, place + 1);
}

bool Memory::compare_exchange(Cell& cell, std::uint64_t& expected, std::uint64_t desired,
                              std::memory_order success, std::memory_order failure, Site site) {
  if (!is_shared(cell, site)) {
    bool const equal = cell.value == expected;
    (equal ? cell.value : expected) = equal ? desired : cell.value;
    return equal;
  }
  Location& location = *cell.location;
  std::size_t const newest = location.end() - 1;
  std::size_t places[64] = {newest};
  std::size_t count = 1;
  if (choices_.has_budget(Kind::stale)) {
    VectorClock const& clock = scheduler_.current().clock;
    std::size_t const floor_if_equal = location.floor(clock, is_sc(success));
    std::size_t const floor_if_not = location.floor(clock, is_sc(failure));
    for (std::size_t at = newest; at-- > 0 && count < 64;) {
      bool const is_possible = location.at(at).value == expected
                                   ? at >= floor_if_equal && location.is_free_behind(at)
                                   : at >= floor_if_not;
      if (is_possible) places[count++] = at;
    }
  }
  std::size_t const place = places[choices_.choose(count, Kind::stale)];
  if (location.at(place).value == expected) {
    finish_rmw(cell, place, desired, success, site, "compare_exchange");
    return true;
  }
  location.note(scheduler_.self(), scheduler_.clock_of_self(), place);
  Message const& message = location.at(place);
  acquire(message, failure);
  expected = message.value;
  tell(cell, site, "compare_exchange fails", failure, message.value, place);
  return false;
}

std::uint64_t Memory::peek(Cell& cell, Site site) {
  if (!is_shared(cell, site)) return cell.value;
  Location& location = *cell.location;
  location.note(scheduler_.self(), scheduler_.clock_of_self(), location.end() - 1);
  return location.latest().value;
}

void Memory::tell(Cell const& cell, Site site, char const* operation, std::memory_order order,
                  std::uint64_t value, std::size_t place) {
  if (!trace_.is_on()) return;
  Location const& location = *cell.location;
  trace_.add({scheduler_.current().name, site.file, site.line, &cell, operation, value,
              Trace::name_of(order), static_cast<std::int64_t>(location.serial(place)),
              place + 1 != location.end()});
}

void Memory::tell(void const* object, Site site, char const* operation, std::uint64_t value) {
  if (!trace_.is_on()) return;
  trace_.add({scheduler_.current().name, site.file, site.line, object, operation, value});
}

void Memory::fail(std::string const& what, Site site) {
  std::string text = std::string(scheduler_.current().name) + ": " + what;
  if (site.line != 0) text += " (" + where(site) + ")";
  scheduler_.fail(text);
}

}  // namespace reactor::model
