// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>

#include "program.hpp"

namespace stress {

// What programs are drawn for.
enum class Profile : std::uint8_t {
  mixed,          // a bit of everything
  errors,         // many tasks fail
  churn,          // callers and Reactors come and go
  nested,         // runs inside tasks
  oversubscribe,  // 64 workers, however few CPUs
  signals,        // as mixed: main() raises the signals
  fork,           // forks during runs
  submit,         // runs and calls in flight, ended in all ways
  timeouts,       // tasks that take longer than they may, deadlines, cancelled runs
};

// Program `number` of a seed: the same every time, whatever came before it.
Program draw(Profile profile, std::uint64_t seed, std::uint64_t number, std::size_t threads);

}  // namespace stress
