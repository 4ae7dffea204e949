// SPDX-License-Identifier: BSD-3-Clause
#include "tests/faults/inject.hpp"

#include <algorithm>
#include <atomic>

namespace faults {

namespace {

// Constant-initialized: operations may be asked about before main() begins.
constinit std::atomic<Point> armed_point{Point::none};
constinit std::atomic<std::uint64_t> first_fault{0};
constinit std::atomic<std::uint64_t> fault_count{0};
constinit std::atomic<int> fault_error{0};
constinit std::atomic<std::uint64_t> seen_count{0};
constinit thread_local int sparing = 0;

}  // namespace

Armed::Armed(Plan const& plan) noexcept {
  first_fault = plan.first;
  fault_count = plan.count;
  fault_error = plan.error;
  seen_count = 0;
  armed_point = plan.point;
}

std::uint64_t Armed::end() noexcept {
  armed_point = Point::none;
  std::uint64_t const seen_all = seen_count;
  return seen_all <= first_fault ? 0 : std::min<std::uint64_t>(seen_all - first_fault, fault_count);
}

std::uint64_t Armed::seen() const noexcept {
  return seen_count;
}

AllocationsSpared::AllocationsSpared() noexcept {
  ++sparing;
}

AllocationsSpared::~AllocationsSpared() {
  --sparing;
}

bool strikes(Point point, int& error) noexcept {
  if (armed_point != point || (point == Point::allocation && sparing != 0)) return false;
  std::uint64_t const i = seen_count.fetch_add(1);
  if (i < first_fault || i - first_fault >= fault_count) return false;
  error = fault_error;
  return true;
}

}  // namespace faults
