// SPDX-License-Identifier: BSD-3-Clause
// A task that does nothing but wait for its run to be stopped.
#pragma once

#include <gtest/gtest.h>

#include "reactor/reactor.hpp"
#include "rendezvous.hpp"

inline void wait_for_stop(reactor::TaskContext& context) {
  EXPECT_TRUE(eventually([&] { return context.stop_requested(); }));
}
