// SPDX-License-Identifier: BSD-3-Clause
// Three calls deep, and thrown there. Compiled in all the ways there are; knows nothing of reactor.
#pragma once

namespace failing {

struct Place {
  char const* function;
  int line;
};

void load(int task);

// load's callees and itself, innermost first.
extern Place const k_places[3];

}  // namespace failing
