// SPDX-License-Identifier: BSD-3-Clause
#include "tell.hpp"

extern "C" __attribute__((visibility("default"))) bool plugin_tells_where(char const* how) {
  return tells_where(how);
}
