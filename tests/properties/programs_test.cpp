// SPDX-License-Identifier: BSD-3-Clause
// Whatever a program is, every outcome is what the oracle says.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdlib>

#include "generators.hpp"
#include "playing.hpp"

namespace {

// Read by rapidcheck before the first property. What the environment says goes.
[[maybe_unused]] int const defaults =
    setenv("RC_PARAMS", stress::k_is_instrumented ? "max_success=200" : "max_success=300", 0);

RC_GTEST_PROP(Programs, DoWhatTheOracleSays, (stress::Program const& program)) {
  std::string const differences = stress::differences_of(program);
  if (!differences.empty()) RC_FAIL(differences);
}

}  // namespace
