// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>

namespace reactor::engine {

// Contended words stand this far apart: two 64-byte lines, because adjacent-line prefetchers fetch
// them in pairs (Intel 64 and IA-32 Optimization Reference Manual, section on spatial prefetcher),
// and big aarch64 cores have 128-byte lines.
inline constexpr std::size_t k_line_bytes = 128;

}  // namespace reactor::engine
