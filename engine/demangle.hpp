// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

namespace reactor::engine {

// A type's or function's readable name, as its author would write std::string; or what was given if
// it is none. Throws std::bad_alloc.
std::string demangle(char const* name);

}  // namespace reactor::engine
