// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <iosfwd>
#include <string>

#include "program.hpp"

namespace stress {

// As C++ that makes it: what differs from the defaults. For tests/properties/pinned_programs.hpp.
std::string describe(RunPlan const& plan);
std::string describe(Program const& program);

std::ostream& operator<<(std::ostream& out, Program const& program);

}  // namespace stress
