// SPDX-License-Identifier: BSD-3-Clause
#include "failing.hpp"

#include <stdexcept>

#define NOT_INLINED __attribute__((noinline))

namespace failing {

// Keeps a call from being the last thing that its function does: a tail call leaves no frame.
int volatile calls = 0;

NOT_INLINED void check(int task) {
  if (task >= 0) throw std::runtime_error("refused");
  calls = calls + 1;
}

NOT_INLINED void parse(int task) {
  check(task + 1);
  calls = calls + 1;
}

NOT_INLINED void load(int task) {
  parse(task + 1);
  calls = calls + 1;
}

Place const k_places[3] = {
    {"failing::check(int)", 14}, {"failing::parse(int)", 19}, {"failing::load(int)", 24}};

}  // namespace failing
