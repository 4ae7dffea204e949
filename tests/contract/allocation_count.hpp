// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

// How often anybody in this process has allocated.
std::uint64_t allocations();

// How many bytes of it nobody has given back.
std::int64_t bytes_in_use();
