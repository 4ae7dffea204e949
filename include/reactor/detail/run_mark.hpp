// SPDX-License-Identifier: BSD-3-Clause
// Whose a status byte is: what another run has left in it reads as pending, so nobody has to set
// all of them back before each run.
#pragma once

#include <cstdint>

#include "reactor/status.hpp"

namespace reactor::detail {

class RunMark {
 public:
  constexpr RunMark() = default;  // of no run: all is pending

  // Of the next run. False after the last mark there is: then all bytes are to be zero, which is
  // no run's, and the marks begin again.
  constexpr bool advance() noexcept {
    if (mark_ != k_last) {
      mark_ = static_cast<std::uint8_t>(mark_ + k_first);
      return true;
    }
    mark_ = k_first;
    return false;
  }

  constexpr std::uint8_t with(Status status) const noexcept {
    return static_cast<std::uint8_t>(mark_ | static_cast<std::uint8_t>(status));
  }
  constexpr Status status_in(std::uint8_t byte) const noexcept {
    return (byte & k_last) == mark_ ? static_cast<Status>(byte & k_statuses) : Status::pending;
  }

 private:
  static constexpr std::uint8_t k_statuses = 7;
  static constexpr std::uint8_t k_first = k_statuses + 1;
  static constexpr std::uint8_t k_last = 0xff - k_statuses;

  std::uint8_t mark_ = 0;
};

}  // namespace reactor::detail
